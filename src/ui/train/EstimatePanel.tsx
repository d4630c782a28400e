// What the set-up takes, as it is typed: parameters at once from their shapes, memory and time from the rank's trace.
// A refusal is shown with its numbers and what to lower.

import { parameterCount } from '../../model/shapes/modelShapes';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Readout } from '../parts/Readout';
import { FailureText } from '../states/FailureText';
import { metricsLog } from '../stores/metricsLog';
import { useRun } from '../stores/runStore';
import { sameConfig, useSetup } from '../stores/setupStore';
import styles from './EstimatePanel.module.css';

const GUESSED_VOCABULARY = 96;

export function EstimatePanel() {
  const { t, format } = useText();
  const config = useSetup((state) => state.config);
  const vocabulary = useRun((state) => state.data?.vocabularySize ?? GUESSED_VOCABULARY);
  const estimate = useRun((state) => state.estimate);
  const estimating = useRun((state) => state.estimating);
  const deviceOpen = useRun((state) => state.device === 'open');
  const words = t.estimate;
  const timed = useRun((state) =>
    state.facts !== null && state.step > 0 && sameConfig(state.facts.config, config) ? metricsLog.recentStepMs() : null,
  );
  const stepMs = timed ?? estimate?.predictedStepMs ?? null;
  const basis = stepMs === null ? {} : { basis: timed === null ? words.predicted : words.measured };
  const unknown = '–';
  const parameters = parameterCount({ ...config.model, vocab_size: config.model.vocab_size || vocabulary });
  const { steps, batchSize, sequenceLength } = config.train;
  return (
    <Panel id="estimate" title={words.title} fillable={false}>
      <dl className={styles.grid} aria-busy={estimating}>
        <Readout term="parameters" label={words.parameters} value={format.compact(parameters)} />
        <Readout
          term="memory"
          label={words.memory}
          value={estimate === null ? unknown : format.bytes(estimate.totalBytes)}
        />
        <Readout term="tokensPerStep" label={words.tokens} value={format.compact(batchSize * sequenceLength)} />
        <Readout
          term="flops"
          label={words.flops}
          value={estimate === null ? unknown : format.si(estimate.flopsPerStep, 'FLOP')}
        />
        <Readout
          term="predictedTime"
          label={words.stepTime}
          value={stepMs === null ? unknown : format.duration(stepMs)}
          {...basis}
        />
        <Readout
          term="predictedTime"
          label={words.total}
          value={stepMs === null ? unknown : format.duration(stepMs * steps)}
          {...basis}
        />
      </dl>
      {deviceOpen || estimating ? null : <p className={styles.note}>{words.noDevice}</p>}
      {estimate?.refusal ? (
        <div className={styles.refusal} role="alert">
          <strong>{words.refused}</strong>
          <FailureText error={estimate.refusal} />
        </div>
      ) : null}
    </Panel>
  );
}
