// The last traced step: its picture with a legend and the action pointed at in words, or the same as a table.

import { ChartSpline, Table2 } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import { pointAtRank, useMesh } from '../stores/meshStore';
import { actionText } from './actionText';
import { neutralHue } from './rankLook';
import { useShownMesh } from './shownMesh';
import { Timeline } from './Timeline';
import timelineStyles from './Timeline.module.css';
import styles from './TimelinePanel.module.css';
import { TimelineTable } from './TimelineTable';
import { layoutTimeline, type TimelineBar } from './timelineLayout';

const phases = ['forward', 'backward', 'update', 'communication', 'wait'] as const;

export function TimelinePanel() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.mesh.timeline;
  const shown = useShownMesh();
  const plan = useMesh((state) => state.plan);
  const trace = useMesh((state) => state.trace);
  const rank = useMesh((state) => state.rank);
  const [asTable, setAsTable] = useState(false);
  const [pointed, setPointed] = useState<Pick<TimelineBar, 'rank' | 'index'> | null>(null);
  const layout = useMemo(
    () => (plan === null || trace === null ? null : layoutTimeline(plan, trace.events)),
    [plan, trace],
  );
  if (shown === null) return null;
  // The same action of whichever step is shown.
  const bar = layout?.rows[pointed?.rank ?? -1]?.bars.find((candidate) => candidate.index === pointed?.index) ?? null;
  const tools = (
    <IconButton
      icon={asTable ? ChartSpline : Table2}
      label={asTable ? t.charts.chart : t.charts.table}
      pressed={asTable}
      disabled={layout === null}
      onClick={() => setAsTable(!asTable)}
    />
  );
  return (
    <Panel
      id="timeline"
      flush
      tools={tools}
      title={
        <>
          <Term id="timeline">{words.title}</Term>{' '}
          <span className={styles.basis}>{trace === null ? '' : words.ofStep(format.integer(trace.step))}</span>
        </>
      }
    >
      {layout === null || trace === null ? (
        <p className={styles.note}>{plan === null ? words.needMesh : words.empty}</p>
      ) : asTable ? (
        <TimelineTable layout={layout} step={trace.step} />
      ) : (
        <>
          <Timeline
            layout={layout}
            label={`${words.title}. ${words.summary(format.integer(trace.step), format.integer(layout.rows.length), format.duration(layout.spanMs))} ${layout.rows
              .map((row) =>
                words.shares(
                  t.mesh.rank(format.integer(row.rank)),
                  format.percent(row.computing),
                  format.percent(1 - row.computing),
                ),
              )
              .join('. ')}. ${words.hint}`}
            bar={bar}
            onBar={setPointed}
            rank={rank}
            onRank={pointAtRank}
          />
          <div className={styles.foot}>
            <ul className={`${styles.legend} ${neutralHue}`}>
              {phases.map((phase) => (
                <li key={phase}>
                  <svg width="14" height="11" aria-hidden>
                    {/* Exchanges are the thin bars. */}
                    <rect
                      width="14"
                      y={phase === 'communication' ? 3 : 0}
                      height={phase === 'communication' ? 5 : 11}
                      className={timelineStyles[phase]}
                    />
                  </svg>
                  {words.phases[phase]}
                </li>
              ))}
            </ul>
            <p className={styles.said} aria-live="polite" data-testid="timeline-action">
              {bar === null ? words.hint : barText(bar)}
            </p>
          </div>
        </>
      )}
    </Panel>
  );

  function barText({ rank: ofRank, action, startMs, endMs, waitEndMs, bytes }: TimelineBar): string {
    return [
      words.said(t.mesh.rank(format.integer(ofRank)), actionText(action, texts), format.duration(endMs - startMs)),
      ...(waitEndMs > startMs ? [words.waitSaid(format.duration(waitEndMs - startMs))] : []),
      ...(bytes > 0 ? [format.bytes(bytes)] : []),
    ].join(' · ');
  }
}
