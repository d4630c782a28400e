// What the mesh reaches, beside one worker on the same batch, and where a rank's time goes. Measured numbers only, with what they mean.

import { Timer } from 'lucide-react';
import { useText } from '../i18n/useText';
import { labController } from '../labController';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { Readout } from '../parts/Readout';
import { Term } from '../parts/Term';
import { useMesh } from '../stores/meshStore';
import { useRun } from '../stores/runStore';
import { isEmulated } from './emulated';
import { neutralHue } from './rankLook';
import { useShownMesh } from './shownMesh';
import styles from './ThroughputPanel.module.css';

const shares = ['own', 'device', 'waiting'] as const;

export function ThroughputPanel() {
  const { t, format } = useText();
  const words = t.mesh.speed;
  const shown = useShownMesh();
  const throughput = useMesh((state) => state.throughput);
  const prepared = useMesh((state) => state.facts !== null);
  const ready = useRun((state) => state.facts !== null && state.failure === null && state.state !== 'preparing');
  const measuring = useRun((state) => state.measuring);
  const software = useRun((state) => state.adapter?.software === true);
  const emulated = useRun((state) => state.facts !== null && isEmulated(state.facts.config.parallel));
  if (shown === null) return null;
  const one = throughput?.oneWorkerTokensPerSecond ?? null;
  const known = throughput !== null && throughput.tokensPerSecond > 0;
  return (
    <Panel id="throughput" title={words.title} fillable={false}>
      <dl className={styles.readouts}>
        <Readout
          term="meshSpeed"
          label={words.mesh}
          value={known ? format.compact(throughput.tokensPerSecond) : '–'}
          unit="token/s"
        />
        <Readout
          term="oneWorkerSpeed"
          label={words.one}
          value={one === null ? '–' : format.compact(one)}
          unit="token/s"
        />
        <Readout
          term="speedRatio"
          label={words.ratio}
          value={one === null || one === 0 || !known ? '–' : `${format.fixed(throughput.tokensPerSecond / one, 2)} ×`}
        />
      </dl>
      <Key
        wide
        icon={Timer}
        disabled={!ready || !prepared || measuring}
        onClick={() => void labController.measureOneWorker()}
      >
        {measuring ? words.measuring : words.measure}
      </Key>
      {known ? (
        <div className={styles.shares}>
          <p className={styles.caption}>
            <Term id="timeShares">{words.whereTimeGoes}</Term>
          </p>
          <div className={`${styles.bar} ${neutralHue}`} aria-hidden>
            {shares.map((name) => (
              <span key={name} className={styles[name]} style={{ flexGrow: Math.max(0, throughput[name]) }} />
            ))}
          </div>
          <ul className={`${styles.legend} ${neutralHue}`}>
            {shares.map((name) => (
              <li key={name}>
                <span className={`${styles.chip} ${styles[name]}`} aria-hidden /> {words[name]}{' '}
                {format.percent(throughput[name])}
              </li>
            ))}
          </ul>
        </div>
      ) : null}
      <p className={styles.honest}>
        {software ? words.honestSoftware : words.honest} {emulated ? words.emulated : ''}
      </p>
    </Panel>
  );
}
