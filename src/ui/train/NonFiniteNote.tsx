// Below the loss curve: that steps were not finite, the last of them, and over a mesh the ranks that computed it.

import { placeText } from '../../parallel/mesh';
import { useMetrics } from '../charts/useMetrics';
import { useText } from '../i18n/useText';
import { metricsLog } from '../stores/metricsLog';
import { useRun } from '../stores/runStore';
import styles from './Charts.module.css';

export function NonFiniteNote() {
  const { t, format } = useText();
  useMetrics();
  const mesh = useRun((run) => run.facts?.config.parallel);
  const steps = metricsLog.nonFiniteSteps;
  const last = steps.at(-1);
  if (last === undefined) return null;
  const words = t.charts;
  const ranks = last.ranks.map(({ rank, loss, gradients }) => {
    const what = words.nonFiniteWhat(loss, gradients > 0 ? format.integer(gradients) : null);
    return words.nonFiniteRank(format.integer(rank), mesh ? placeText(mesh, rank) : '', what);
  });
  return (
    <p className={styles.alarm} role="status" data-testid="non-finite">
      {[
        words.nonFinite(steps.length, format.integer(steps.length), format.integer(last.step)),
        ...(last.skipped ? [words.nonFiniteSkipped] : []),
        ...(ranks.length > 0 ? [words.nonFiniteFrom(ranks.join('; '))] : []),
      ].join(' ')}
    </p>
  );
}
