// No GPU: says why in plain words and what to do in each browser, the person's own first. The rest of the page stays usable.

import { RotateCcw } from 'lucide-react';
import { useText } from '../i18n/useText';
import { labController } from '../labController';
import { Key } from '../parts/Buttons';
import { useRun } from '../stores/runStore';
import styles from './states.module.css';

const browsers = ['chrome', 'edge', 'safari', 'firefox', 'linux'] as const;
type Browser = (typeof browsers)[number];

export function Unsupported() {
  const { t } = useText();
  const error = useRun((state) => state.deviceError);
  const words = t.unsupported;
  const here = thisBrowser(navigator.userAgent);
  const ordered = [...browsers].sort((a, b) => Number(here.includes(b)) - Number(here.includes(a)));
  const reason = 'gpu' in navigator ? words.noAdapter : window.isSecureContext ? words.noWebGpu : words.insecure;
  return (
    <section className={styles.unsupported} data-testid="no-webgpu">
      <h2>{words.title}</h2>
      <p>{reason}</p>
      {'gpu' in navigator && error !== null ? (
        <p className={styles.kept}>
          {error.message} {error.why}
        </p>
      ) : null}
      <dl className={styles.browsers}>
        {ordered.map((browser) => (
          <div key={browser}>
            <dt>
              {words.advice[browser].name}
              {here.includes(browser) ? <span className={styles.here}>{words.yours}</span> : null}
            </dt>
            <dd>{words.advice[browser].text}</dd>
          </div>
        ))}
      </dl>
      <div className={styles.actions}>
        <Key primary icon={RotateCcw} onClick={() => labController.restart()}>
          {words.retry}
        </Key>
      </div>
    </section>
  );
}

/** Only for the order of the advice; nothing else follows from a user agent. */
function thisBrowser(agent: string): readonly Browser[] {
  const found: Browser[] = [];
  if (agent.includes('Edg/')) found.push('edge');
  else if (agent.includes('Chrome/')) found.push('chrome');
  else if (agent.includes('Firefox/')) found.push('firefox');
  else if (agent.includes('Safari/')) found.push('safari');
  if (agent.includes('Linux') && !agent.includes('Android')) found.push('linux');
  return found;
}
