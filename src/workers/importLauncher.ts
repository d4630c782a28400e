// Reads a model folder or judges a tokenizer in a worker of its own, which lives for that one call: whatever a file does to it, the page goes on.
// It must not keep anything of the call.

import { proxy, type Remote } from 'comlink';
import { LabError } from '../core/errors';
import type { NamedFile } from '../core/records';
import type { ImportApi, ImportedModel, ImportStage } from './protocol';
import { untilAnswered } from './toldCalls';
import { lineTo, workerDied } from './watchedWorker';

/** How long an import may be silent in each stage: only the trial, which runs the patterns of a file, is short by its nature. */
const IMPORT_MS: Readonly<Record<ImportStage, number>> = {
  read: 60_000,
  weights: 60_000,
  tokenizer: 15_000,
  trial: 2_000,
};

/** @throws LabError of what is wrong with the folder, or `worker.timeout` */
export function importModel(
  files: readonly (File | NamedFile)[],
  onStage: (stage: ImportStage) => void,
  signal: AbortSignal,
): Promise<ImportedModel> {
  return imported(onStage, signal, (remote, tell) => remote.readModel(files, tell));
}

/** @throws LabError `tokenizer.invalid`, also where its patterns do not come to an end */
export function judgeTokenizer(json: string): Promise<void> {
  return imported(
    () => undefined,
    new AbortController().signal,
    (remote, tell) => remote.checkTokenizer(json, tell),
  );
}

/** A worker for one call. */
async function imported<Result>(
  onStage: (stage: ImportStage) => void,
  signal: AbortSignal,
  work: (remote: Remote<ImportApi>, tell: (stage: ImportStage) => void) => Promise<Result>,
): Promise<Result> {
  const worker = new Worker(new URL('./importWorker.ts', import.meta.url), { type: 'module', name: 'import' });
  const { remote, line } = lineTo<ImportApi>(worker, workerDied);
  const stop = (): void => line.end(new LabError({ code: 'run.cancelled', message: 'The import was stopped.' }));
  signal.addEventListener('abort', stop);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const enter = (stage: ImportStage): void => {
    clearTimeout(timer);
    timer = setTimeout(() => line.end(stuckImport(stage)), IMPORT_MS[stage]);
    onStage(stage);
  };
  enter('read');
  try {
    return await untilAnswered(enter, (tell) => line.guard(() => work(remote, proxy(tell))));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
    line.end(new LabError({ code: 'worker.dead', message: 'The import is over.' }));
  }
}

function stuckImport(stage: ImportStage): LabError {
  const seconds = IMPORT_MS[stage] / 1000;
  if (stage === 'trial')
    return new LabError({
      code: 'tokenizer.invalid',
      message: `The tokenizer did not come to an end with a line of text within ${seconds} s, and was stopped.`,
      why: 'A pattern in its tokenizer.json that tries endlessly many ways to match is the usual cause.',
      advice: 'Use another tokenizer.json.',
    });
  return new LabError({
    code: 'worker.timeout',
    message: `Reading the files made no progress for ${seconds} s and was stopped.`,
    advice: 'Try again; with a smaller model if memory is short.',
  });
}
