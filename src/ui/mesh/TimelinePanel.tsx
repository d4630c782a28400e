// The last traced step of the run: the schedule's picture of what was measured, or the same as a table.

import { useRef, useState } from 'react';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { actionRows } from '../schedule/actionRows';
import { ScheduleChart } from '../schedule/ScheduleChart';
import { pointAtRank, useMesh } from '../stores/meshStore';
import { pointAtAction, useSelection } from '../stores/selectionStore';
import { useShownMesh } from './shownMesh';
import styles from './TimelinePanel.module.css';

export function TimelinePanel() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.mesh.timeline;
  const shown = useShownMesh();
  const plan = useMesh((state) => state.plan);
  const trace = useMesh((state) => state.trace);
  const rank = useMesh((state) => state.rank);
  const pointed = useSelection((state) => state.action);
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<(() => string) | null>(null);
  if (shown === null) return null;
  const rows = () =>
    plan === null ? { columns: [], rows: [] } : actionRows({ plan, predicted: null, measured: trace }, texts);
  return (
    <Panel
      id="timeline"
      flush
      tools={
        <PictureTools
          name="timeline"
          svg={() => svg.current?.() ?? null}
          table={rows}
          asTable={asTable}
          onTable={setAsTable}
          empty={plan === null || trace === null}
        />
      }
      title={
        <>
          <Term id="timeline">{words.title}</Term>{' '}
          <span className={styles.basis}>{trace === null ? '' : words.ofStep(format.integer(trace.step))}</span>
        </>
      }
    >
      {plan === null || trace === null ? (
        <p className={styles.note}>{plan === null ? words.needMesh : words.empty}</p>
      ) : asTable ? (
        <PictureTable caption={words.caption(format.integer(trace.step))} data={rows()} />
      ) : (
        <ScheduleChart
          plan={plan}
          predicted={null}
          measured={trace.events}
          label={`${words.title}. ${words.ofStep(format.integer(trace.step))}. ${t.schedule.hint}`}
          pointed={pointed}
          onPoint={pointAtAction}
          rank={rank}
          onRank={pointAtRank}
          svg={svg}
          testId="timeline-action"
        />
      )}
    </Panel>
  );
}
