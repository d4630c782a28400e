// What the pipeline is at, said once as it changes to those who listen rather than look. The moving numbers stand beside it, unsaid.

import { useText } from '../i18n/useText';
import { useData } from '../stores/dataStore';

export function FlowStatus() {
  const { t, format } = useText();
  const { flow, stored: storedWords, workers: workerWords } = t.dataView;
  const { state, progress, stored } = useData((data) => data);
  const parts: string[] = [];
  if (state === 'running' || state === 'stalled') {
    if (state === 'stalled') parts.push(flow.stalled);
    else if (progress === null) parts.push(flow.starting);
    else if (progress.phase !== 'done') parts.push(progress.paused ? flow.paused : flow.phases[progress.phase]);
    for (const { worker } of progress?.workers.filter((each) => each.state === 'dead') ?? [])
      parts.push(`${workerWords.worker} ${format.integer(worker)}: ${workerWords.states.dead}.`);
  } else if (state === 'done' && progress !== null) {
    const { documents, tokens } = progress;
    parts.push(flow.phases.done, flow.counts(format.integer(documents), format.compact(tokens)));
  } else {
    if (progress !== null) parts.push(flow.stopped);
    if (stored?.state === 'interrupted') parts.push(storedWords.interrupted);
  }
  return (
    <p className="visually-hidden" role="status">
      {parts.join(' ')}
    </p>
  );
}
