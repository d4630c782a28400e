// The pipeline at work: its keys, how far it is, the flow of documents, and each worker. Verbs go to labControllerData.

import { Pause, Play, Workflow, X } from 'lucide-react';
import { useRef, useState } from 'react';
import { useText } from '../i18n/useText';
import { dataController } from '../labControllerData';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { FailureText } from '../states/FailureText';
import { brokenShards, dataStore, isAbsent, isBusy, stageReports, useData } from '../stores/dataStore';
import { useSetup } from '../stores/setupStore';
import { FlowOutline } from './FlowOutline';
import styles from './FlowPanel.module.css';
import { FlowPicture } from './FlowPicture';
import { FlowStatus } from './FlowStatus';
import { flowRows, flowStages, shownStage } from './flowRows';
import { StoredRunNote } from './StoredRunNote';
import { WorkerCount, WorkersTable } from './WorkersTable';

export function FlowPanel() {
  const { t, format } = useText();
  const words = t.dataView.flow;
  const state = useData((data) => data);
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<SVGSVGElement>(null);
  const { error, progress } = state;
  const config = state.result !== null && state.state === 'done' ? state.result.config : state.config;
  const rows = flowRows(config, stageReports(state));
  const begun = rows.some(({ documentsIn }) => documentsIn > 0);
  const stage = shownStage(flowStages(config), state.stage);
  const table = (): PictureData => ({
    columns: [
      ...[words.columns.stage, words.columns.documentsIn, words.columns.documentsOut, words.columns.dropped],
      ...[words.columns.changed, words.columns.charactersIn, words.columns.charactersOut, words.columns.milliseconds],
    ],
    rows: rows.map((row) => [
      ...[t.dataView.stage[row.stage], row.documentsIn, row.documentsOut, row.dropped, row.changed],
      ...[row.charactersIn, row.charactersOut, row.milliseconds],
    ]),
  });
  return (
    <Panel
      id="dataFlow"
      flush
      title={words.title}
      tools={
        <PictureTools
          name="data-flow"
          svg={() => svg.current}
          table={table}
          asTable={asTable}
          onTable={setAsTable}
          empty={!begun}
        />
      }
    >
      <Keys />
      <FlowStatus />
      <StoredRunNote />
      {error === null ? null : (
        <div className={styles.failed} role="alert">
          <FailureText error={error} />
          {state.state === 'stalled' ? (
            <Key icon={Play} onClick={() => void dataController.resume()}>
              {words.tryAgain}
            </Key>
          ) : null}
        </div>
      )}
      {!begun ? (
        <FlowOutline stages={flowStages(config)} />
      ) : asTable ? (
        <PictureTable caption={words.title} data={table()} format={(value) => format.integer(value)} />
      ) : (
        <FlowPicture rows={rows} stage={stage} onStage={(chosen) => dataStore.setState({ stage: chosen })} svg={svg} />
      )}
      {begun ? null : <p className={styles.hint}>{words.hint}</p>}
      {progress === null || progress.workers.length === 0 ? null : <WorkersTable progress={progress} />}
    </Panel>
  );
}

function Keys() {
  const { t } = useText();
  const words = t.dataView.flow;
  const state = useData((data) => data);
  const busy = isBusy(state);
  const paused = state.progress?.paused === true;
  const done = state.result !== null && state.state === 'done';
  const why = useObstacle();
  const broken = brokenShards(state).length > 0;
  // Its own note has the key to press first.
  const goesOn = state.stored?.state === 'interrupted' && state.stored.obstacle === null;
  return (
    <div className={styles.keys}>
      {busy ? (
        <>
          <Key icon={paused ? Play : Pause} onClick={() => void dataController.pause(!paused)}>
            {paused ? words.goOn : words.pause}
          </Key>
          <Key icon={X} onClick={() => void dataController.cancel()}>
            {words.cancel}
          </Key>
        </>
      ) : (
        <Key
          icon={Workflow}
          primary={!done && !goesOn}
          disabled={why !== undefined}
          title={why}
          onClick={() => void dataController.start()}
        >
          {done ? words.again : words.run}
        </Key>
      )}
      <Key
        icon={Play}
        primary={done}
        disabled={!done || broken}
        title={broken ? words.brokenShards : done ? undefined : words.noResult}
        onClick={() => void dataController.train()}
      >
        {words.train}
      </Key>
      <WorkerCount />
      <ProgressWords />
    </div>
  );
}

/** Why the pipeline cannot run on what is there now. */
function useObstacle(): string | undefined {
  const { t } = useText();
  const words = t.dataView.flow;
  const { files, config } = useData((data) => data);
  const lacksTokenizer = useSetup((setup) => setup.userTokenizer === null) && config.tokenize.tokenizer === 'json';
  if (files.length === 0) return words.noFiles;
  if (files.some(isAbsent)) return words.absentFiles;
  return lacksTokenizer ? words.noTokenizer : undefined;
}

function ProgressWords() {
  const { t, format } = useText();
  const words = t.dataView.flow;
  const { state, progress, result, files, config } = useData((data) => data);
  const obstacle = useObstacle();
  const stale = result !== null && state === 'done' && (result.files !== files || result.config !== config);
  if (progress === null)
    return (
      <p className={styles.words} data-testid="data-phase">
        {state === 'running' ? words.starting : (obstacle ?? '')}
      </p>
    );
  const { bytes, totalBytes, seconds, documents, tokens, phase, paused } = progress;
  const share = totalBytes === 0 ? 0 : Math.min(1, bytes / totalBytes);
  const read = bytes - progress.recoveredBytes;
  const rate = seconds > 0 ? read / 1e6 / seconds : 0;
  const left =
    state === 'running' && phase === 'read' && read > 0 && !paused
      ? ((totalBytes - bytes) / read) * seconds * 1_000
      : null;
  const stopped = state === 'idle' || state === 'failed';
  const name =
    state === 'stalled'
      ? words.stalled
      : paused
        ? words.paused
        : stopped
          ? words.stopped
          : words.phases[state === 'done' ? 'done' : phase];
  return (
    <div className={styles.progress}>
      <progress max={1} value={state === 'done' ? 1 : share} aria-label={words.progress} />
      <p className={styles.words} data-testid="data-phase">
        <strong>{name}</strong> {words.read(format.bytes(bytes), format.bytes(totalBytes))}
        {' · '}
        {words.counts(format.integer(documents), format.compact(tokens))}
        {' · '}
        {words.throughput(format.significant(rate), format.duration(seconds * 1_000))}
        {left === null ? '' : ` · ${words.left(format.duration(left))}`}
      </p>
      {stale ? <p className={styles.stale}>{words.stale}</p> : null}
      {isBusy({ state }) || obstacle === undefined ? null : <p className={styles.words}>{obstacle}</p>}
    </div>
  );
}
