// How a scene that runs is getting on: what it does, how far that has come, the data and the last loss.

import { useText } from '../i18n/useText';
import type { RunningScene } from '../stores/sceneStore';
import styles from './ScenesPanel.module.css';

export function SceneProgress({ running }: { readonly running: RunningScene }) {
  const { t, format } = useText();
  const { phase, share, data, step, steps, loss } = running;
  const words = t.scenes.phases[phase];
  return (
    <div className={styles.progress}>
      <p role="status">{words}</p>
      <progress max={1} {...(share === null ? {} : { value: share })} aria-label={words} />
      <p className={styles.facts}>
        {data === null
          ? ''
          : t.scenes.data(
              data.source,
              t.scenes.units[data.unit](format.integer(data.training)),
              t.scenes.units[data.unit](format.integer(data.heldOut)),
            )}
        {loss === null ? '' : ` ${t.scenes.step(format.integer(step), format.integer(steps), format.fixed(loss, 3))}`}
      </p>
    </div>
  );
}
