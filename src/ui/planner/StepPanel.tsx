// What the plan would do: step time, rate, utilisation, memory, and where a rank's time goes. All of it predicted, and said so.

import { memoryLimitBytes } from '../../planner/clusterMemory';
import type { Prediction } from '../../planner/clusterPlan';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Readout } from '../parts/Readout';
import { Term } from '../parts/Term';
import { FailureText } from '../states/FailureText';
import styles from './Planner.module.css';
import { usePlanned } from './planned';
import { stepText } from './planText';

export function StepPanel() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.planner.step;
  const { plan, prediction, issue, error } = usePlanned();
  const limit = memoryLimitBytes(plan.hardware);
  const known = (show: (of: Prediction) => string) => (prediction === null ? '–' : show(prediction));
  return (
    <Panel
      id="planStep"
      fillable={false}
      title={
        <>
          {words.title} <span className={styles.basis}>{t.planner.predicted}</span>
        </>
      }
    >
      <dl className={styles.readouts} data-testid="planner-step">
        <Readout term="planStep" label={words.time} value={known(({ stepMs }) => stepText(stepMs, texts))} />
        <Readout
          term="planRate"
          label={words.rate}
          value={known(({ tokensPerSecond }) => format.compact(tokensPerSecond))}
          basis={known(({ tokensPerSecondPerRank }) => `${format.compact(tokensPerSecondPerRank)} ${words.rankRate}`)}
        />
        <Readout
          term="mfu"
          label={words.mfu}
          value={known(({ modelFlopsShare }) => format.percent(modelFlopsShare, 1))}
        />
        <Readout
          term="planTeraflops"
          label={words.teraflops}
          value={known(({ hardwareTeraflopsPerRank }) => format.significant(hardwareTeraflopsPerRank))}
          unit="TFLOP/s"
        />
        <Readout
          term="train.microBatches"
          label={words.microBatches}
          value={known(({ microBatches }) => format.integer(microBatches))}
        />
        <Readout
          term="planMemory"
          label={words.peak}
          value={known(({ peakBytes }) => format.bytes(peakBytes))}
          basis={words.ofLimit(format.bytes(limit))}
        />
      </dl>
      {prediction === null ? null : <Shares prediction={prediction} />}
      {prediction !== null && !prediction.fits ? (
        <p className={styles.bad} role="status">
          {words.over(format.bytes(prediction.peakBytes - limit))}
        </p>
      ) : null}
      {issue === null ? null : (
        <p className={styles.bad} role="status" data-testid="planner-issue">
          {words.issue} {t.planner.rules[issue.rule](issue.numbers)}.
        </p>
      )}
      {error === null ? null : (
        <div className={styles.bad} role="alert">
          {words.failed} <FailureText error={error} />
        </div>
      )}
    </Panel>
  );
}

function Shares({ prediction }: { readonly prediction: Prediction }) {
  const { t, format } = useText();
  const words = t.planner.step;
  const shares = [
    { name: 'compute', share: prediction.computeShare },
    { name: 'communication', share: prediction.communicationShare },
    { name: 'bubble', share: prediction.bubbleShare },
  ] as const;
  const percent = (share: number) => format.percent(share, 1);
  const [compute, communication, bubble] = shares.map(({ share }) => percent(share));
  return (
    <>
      <div
        className={styles.shares}
        role="img"
        aria-label={words.summary(compute ?? '', communication ?? '', bubble ?? '')}
      >
        {shares.map(({ name, share }) => (
          <span key={name} className={styles[name]} style={{ flexGrow: share }} hidden={share <= 0} />
        ))}
      </div>
      <dl className={styles.legend}>
        {shares.map(({ name, share }) => (
          <div key={name}>
            <dt>
              <span className={`${styles.chip} ${styles[name]}`} aria-hidden />
              {name === 'bubble' ? <Term id="bubble">{words.bubble}</Term> : words[name]}
            </dt>
            <dd>{percent(share)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
