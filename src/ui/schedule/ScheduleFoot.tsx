// Below a schedule: what its colours mean, the keys of its window as buttons, and what a selection adds up to.

import { ScanLine, X, ZoomIn, ZoomOut } from 'lucide-react';
import { actionPhases } from '../../parallel/traceLayout';
import { useText } from '../i18n/useText';
import { neutralHue } from '../mesh/rankLook';
import { IconButton } from '../parts/Buttons';
import styles from './ScheduleChart.module.css';
import type { ScheduleScene } from './scheduleScene';
import { sumSelection } from './selectionSums';
import type { TimeWindow } from './timeWindow';

interface ScheduleFootProps {
  readonly scene: ScheduleScene;
  readonly selection: TimeWindow | null;
  readonly onZoom: (closer: boolean) => void;
  readonly onFit: () => void;
  readonly onClear: () => void;
}

export function ScheduleFoot({ scene, selection, onZoom, onFit, onClear }: ScheduleFootProps) {
  const { t, format } = useText();
  const words = t.schedule;
  const shown = new Set(
    scene.bands.flatMap(({ layout }) => layout.rows.flatMap(({ bars }) => bars.map((bar) => bar.phase))),
  );
  const phases = [...actionPhases.filter((phase) => shown.has(phase)), 'wait' as const];
  return (
    <div className={styles.foot}>
      <ul className={`${styles.legend} ${neutralHue}`}>
        {scene.bands.map(({ basis }) => (
          <li key={basis}>
            <svg width="18" height="11" aria-hidden>
              {basis === 'measured' ? (
                <rect width="18" height="11" className={styles.backward} />
              ) : (
                <>
                  <path d="M0,8L8,0M4,11L15,0M11,11L18,4" className={`${styles.backward} ${styles.hatched}`} />
                  <rect x="0.5" y="0.5" width="17" height="10" className={`${styles.backward} ${styles.hatched}`} />
                </>
              )}
            </svg>
            {words.bases[basis]}
          </li>
        ))}
        {phases.map((phase) => (
          <li key={phase}>
            <svg width="14" height="11" aria-hidden>
              {/* Exchanges are the thin bars. */}
              <rect
                width="14"
                y={phase === 'communication' ? 3 : 0}
                height={phase === 'communication' ? 5 : 11}
                className={styles[phase]}
              />
            </svg>
            {words.phases[phase]}
          </li>
        ))}
      </ul>
      <div className={styles.keys}>
        <IconButton icon={ZoomIn} label={words.zoomIn} onClick={() => onZoom(true)} />
        <IconButton icon={ZoomOut} label={words.zoomOut} onClick={() => onZoom(false)} />
        <IconButton icon={ScanLine} label={words.fit} onClick={onFit} />
      </div>
      {selection === null ? null : (
        <div className={styles.sums} role="status" data-testid="schedule-selection">
          <b>{words.selection.length(format.duration(selection.toMs - selection.fromMs))}</b>
          {scene.bands.map((band) => {
            const { phases: sums } = sumSelection(band, selection);
            if (sums.length === 0) return null;
            return (
              <span key={band.basis}>
                {words.bases[band.basis]}:{' '}
                {sums
                  .map(({ phase, milliseconds, slices }) =>
                    words.selection.sum(words.phases[phase], format.duration(milliseconds), format.integer(slices)),
                  )
                  .join(' · ')}
              </span>
            );
          })}
          <span className={styles.facts}>{words.selection.ranks}</span>
          <IconButton icon={X} label={words.selection.clear} onClick={onClear} />
        </div>
      )}
    </div>
  );
}
