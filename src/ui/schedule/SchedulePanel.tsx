// The schedule of the set-up: what the plan predicts above what the run measured, where the time goes, and the files of it.

import { Waypoints } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { stepShares } from '../../parallel/stepShares';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { pointAtRank, useMesh } from '../stores/meshStore';
import { usePrediction } from '../stores/predictionStore';
import { useRun } from '../stores/runStore';
import { pointAtAction, useSelection } from '../stores/selectionStore';
import { actionRows } from './actionRows';
import { ScheduleChart } from './ScheduleChart';
import styles from './SchedulePanel.module.css';
import { type SharesLine, StepSharesTable } from './StepSharesTable';
import { stagesOfTensor } from './stagesOfTensor';
import { type StepAccounts, useStepAccounts } from './stepAccounts';
import { saveStepFile } from './stepFile';

export function SchedulePanel() {
  const texts = useText();
  const { t } = texts;
  const words = t.schedule;
  const accounts = useStepAccounts();
  const adapter = useRun((state) => state.adapter?.description ?? '');
  const refused = usePrediction((state) => state.refused);
  const predicting = usePrediction((state) => state.predicting);
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<(() => string) | null>(null);
  const table = (): PictureData => (accounts === null ? { columns: [], rows: [] } : actionRows(accounts, texts));
  return (
    <Panel
      id="schedule"
      flush
      title={
        <>
          <Term id="stepSchedule">{words.title}</Term>{' '}
          <span className={styles.basis}>{predicting ? words.predicting : ''}</span>
        </>
      }
      tools={
        <>
          <PictureTools
            name="schedule"
            svg={() => svg.current?.() ?? null}
            table={table}
            asTable={asTable}
            onTable={setAsTable}
            empty={accounts === null}
          />
          <IconButton
            icon={Waypoints}
            label={words.perfetto}
            disabled={accounts === null}
            onClick={() => {
              if (accounts !== null) saveStepFile(accounts, adapter, texts);
            }}
          />
        </>
      }
    >
      {refused === null ? null : <p className={styles.note}>{words.refused(refused.message)}</p>}
      {accounts === null ? (
        <p className={styles.note}>{words.empty}</p>
      ) : asTable ? (
        <PictureTable caption={words.table.caption} data={table()} />
      ) : (
        <Schedule accounts={accounts} svg={svg} />
      )}
    </Panel>
  );
}

/** Times longer. */
const COMPARABLE = 3;

interface ScheduleProps {
  readonly accounts: StepAccounts;
  readonly svg: React.RefObject<(() => string) | null>;
}

function Schedule({ accounts, svg }: ScheduleProps) {
  const { t, format } = useText();
  const words = t.schedule;
  const { plan, predicted, measured, otherRun } = accounts;
  const rank = useMesh((state) => state.rank);
  const pointed = useSelection((state) => state.action);
  const tensor = useSelection((state) => state.tensor);
  const facts = usePrediction((state) => state.prediction?.ranks ?? null);
  const [wish, setWish] = useState<boolean | null>(null);
  const lines = useMemo(
    () =>
      [predicted, measured].flatMap((trace, index): SharesLine[] => {
        if (trace === null || trace.events.length === 0) return [];
        const basis = index === 0 ? 'predicted' : 'measured';
        const start = trace.events.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
        const end = trace.events.reduce((most, { endMs }) => Math.max(most, endMs), 0);
        const step = basis === 'measured' ? trace.step : null;
        return [{ basis, shares: stepShares(plan, trace.events), spanMs: end - start, step }];
      }),
    [plan, predicted, measured],
  );
  const stages = useMemo(
    () => (tensor === null || facts === null ? null : stagesOfTensor(tensor, facts)),
    [tensor, facts],
  );
  const both = lines.length === 2;
  const factor = (lines[1]?.spanMs ?? 0) / Math.max(lines[0]?.spanMs ?? 1, 1e-9);
  // Unless the person says: one beside the other while both can be seen.
  const fitted = wish ?? (factor > COMPARABLE || factor < 1 / COMPARABLE);
  const label = [
    words.title,
    ...lines.map(({ basis, shares, spanMs }) =>
      words.summary(
        words.bases[basis],
        format.integer(plan.actions.length),
        format.duration(spanMs),
        format.percent(shares.compute, 1),
        format.percent(shares.communication, 1),
        format.percent(shares.bubble, 1),
      ),
    ),
    words.hint,
  ].join('. ');
  return (
    <>
      <StepSharesTable lines={lines} />
      <p className={styles.note}>
        {otherRun ? words.otherSetup : predicted === null ? words.noPrediction : both ? '' : words.noMeasurement}
        {both ? (
          <>
            <label className={styles.check} title={words.scale.toggleHint}>
              <input type="checkbox" checked={fitted} onChange={(event) => setWish(event.target.checked)} />{' '}
              {words.scale.toggle}
            </label>
            <span>{fitted ? words.scale.fitted(format.significant(factor)) : words.scale.same}</span>
          </>
        ) : null}
      </p>
      <ScheduleChart
        plan={plan}
        predicted={predicted?.events ?? null}
        measured={measured?.events ?? null}
        fitted={both && fitted}
        label={label}
        pointed={pointed}
        onPoint={pointAtAction}
        rank={rank}
        onRank={pointAtRank}
        stages={stages}
        svg={svg}
        testId="schedule-action"
      />
    </>
  );
}
