// What the run is doing now, in words and as a rule that fills: setting up, training with its evaluations marked, done.

import { useMetrics } from '../charts/useMetrics';
import { useText } from '../i18n/useText';
import { metricsLog } from '../stores/metricsLog';
import { raceShare, useRace } from '../stores/raceStore';
import { useRun } from '../stores/runStore';
import styles from './PhaseLine.module.css';

interface PhaseLineProps {
  readonly total: number;
  readonly pausing: boolean;
  readonly blocked: string | null;
}

export function PhaseLine({ total, pausing, blocked }: PhaseLineProps) {
  const { t, format } = useText();
  useMetrics();
  const state = useRun((run) => run.state);
  const phase = useRun((run) => run.phase);
  const phaseProgress = useRun((run) => run.phaseProgress);
  const playWhenReady = useRun((run) => run.playWhenReady);
  const step = useRun((run) => run.step);
  const facts = useRun((run) => run.facts);
  const preparing = state === 'preparing';
  const racing = useRace((race) => race.state !== 'idle');
  const raced = useRace(raceShare);
  const share = racing ? raced : preparing ? phaseProgress : step / Math.max(1, total);
  const best =
    step === 0
      ? undefined
      : metricsLog.evaluations.reduce(
          (a, b) => (b.loss < a.loss ? b : a),
          metricsLog.evaluations[0] ?? { step: 0, loss: Number.POSITIVE_INFINITY },
        );
  const remarks: string[] = [];
  if (racing) {
    remarks.push(t.race.blocked);
  } else if (preparing) {
    const percent = phaseProgress === null ? '' : ` ${format.percent(phaseProgress)}`;
    if (phase !== 'idle') remarks.push(`${t.transport.phases[phase]}${percent}`);
    if (playWhenReady) remarks.push(t.transport.playWhenReady);
  } else if (state === 'running') {
    if (pausing) remarks.push(t.transport.pausing);
    else if (phase !== 'train' && phase !== 'idle') remarks.push(t.transport.phases[phase]);
  } else if (state === 'ready') {
    remarks.push(t.transport.readyHint);
  } else if (blocked !== null) {
    remarks.push(blocked);
  }
  if (best !== undefined && Number.isFinite(best.loss) && (state === 'paused' || state === 'finished')) {
    remarks.push(t.transport.bestSaid(format.fixed(best.loss, 3), format.integer(best.step)));
    if (facts !== null && best.loss < facts.bigramEntropy) remarks.push(t.transport.belowBigram);
  }
  return (
    <div className={styles.line}>
      <div
        className={share === null ? `${styles.rule} ${styles.unknown}` : styles.rule}
        role="progressbar"
        aria-label={t.transport.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share === null ? {} : { 'aria-valuenow': Math.round(share * 100) })}
      >
        <div
          className={preparing ? `${styles.fill} ${styles.setup}` : styles.fill}
          style={{ inlineSize: `${(share ?? 0.3) * 100}%` }}
        />
      </div>
      <p className={styles.words} data-testid="phase">
        <strong>{racing ? t.race.racing : t.transport.states[state]}</strong> {remarks.join(' · ')}
      </p>
    </div>
  );
}
