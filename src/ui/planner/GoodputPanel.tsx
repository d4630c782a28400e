// What failures leave of the plan's time over a long run, with the interval of checkpoints that leaves most.

import { meshSize } from '../../parallel/mesh';
import { bestInterval, expectedGoodput } from '../../planner/goodput';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Readout } from '../parts/Readout';
import { Term } from '../parts/Term';
import { usePlanner } from '../stores/plannerStore';
import styles from './Planner.module.css';
import { usePlanned } from './planned';

export function GoodputPanel() {
  const { t, format } = useText();
  const words = t.planner.goodput;
  const { plan, prediction } = usePlanned();
  const { deviceHours, checkpointMinutes, checkpointSeconds, restartMinutes } = usePlanner(
    (state) => state.settings.failures,
  );
  const { share, secondsBetweenFailures } = expectedGoodput({
    ranks: meshSize(plan.mesh),
    meanHoursBetweenFailures: deviceHours,
    checkpointSeconds,
    restartSeconds: 60 * restartMinutes,
    checkpointEverySeconds: 60 * checkpointMinutes,
  });
  const writing = (share * checkpointSeconds) / (60 * checkpointMinutes);
  const shares = [
    { name: 'useful', share },
    { name: 'checkpoints', share: writing },
    { name: 'lost', share: Math.max(0, 1 - share - writing) },
  ] as const;
  const day = prediction === null ? null : prediction.tokensPerSecond * share * 86_400;
  return (
    <Panel
      id="planGoodput"
      fillable={false}
      title={
        <>
          <Term id="goodput">{words.title}</Term> <span className={styles.basis}>{t.planner.predicted}</span>
        </>
      }
    >
      <div className={styles.shares} role="img" aria-label={`${words.caption}: ${format.percent(share, 1)}`}>
        {shares.map(({ name, share: part }) => (
          <span key={name} className={styles[name]} style={{ flexGrow: part }} hidden={part <= 0} />
        ))}
      </div>
      <dl className={styles.legend}>
        {shares.map(({ name, share: part }) => (
          <div key={name}>
            <dt>
              <span className={`${styles.chip} ${styles[name]}`} aria-hidden />
              {words[name]}
            </dt>
            <dd>{format.percent(part, 1)}</dd>
          </div>
        ))}
      </dl>
      <dl className={styles.facts}>
        <Readout term="plan.deviceHours" label={words.between} value={format.duration(1000 * secondsBetweenFailures)} />
        <Readout
          term="plan.checkpointMinutes"
          label={words.best}
          value={format.duration(1000 * bestInterval(checkpointSeconds, secondsBetweenFailures))}
        />
      </dl>
      {day === null ? null : <p className={styles.basisLine}>{words.trained(format.compact(day))}</p>}
    </Panel>
  );
}
