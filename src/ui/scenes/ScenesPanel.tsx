// The ready scenes: a list with what each is for, how the one that runs is getting on, and what the chosen one came to beside its baseline.

import { Play, Square } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { type SceneName, sceneNames, sceneSizes } from '../../core/sceneRecords';
import { useText } from '../i18n/useText';
import { sceneController } from '../labControllerScenes';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { Segments } from '../shard/Segments';
import { FailureText } from '../states/FailureText';
import { useRun } from '../stores/runStore';
import { chooseScene, sceneStore, useScenes } from '../stores/sceneStore';
import { SceneOutcome } from './SceneOutcome';
import { SceneProgress } from './SceneProgress';
import styles from './ScenesPanel.module.css';

export function ScenesPanel() {
  const { t } = useText();
  const chosen = useScenes((state) => state.chosen);
  const results = useScenes((state) => state.results);
  return (
    <Panel id="scenes" title={t.scenes.title}>
      <p className={styles.intro}>{t.scenes.intro}</p>
      <ul className={styles.list}>
        {sceneNames.map((name) => (
          <li key={name}>
            <button
              type="button"
              className={styles.scene}
              aria-pressed={name === chosen}
              data-scene={name}
              onClick={() => chooseScene(name === chosen ? null : name)}
            >
              <span className={styles.name}>{t.scenes.items[name].title}</span>
              <span className={styles.purpose}>{t.scenes.items[name].purpose}</span>
              {results[name] === undefined ? null : (
                <span className={results[name].beaten ? styles.beaten : styles.missed}>
                  {results[name].beaten ? t.scenes.beaten : t.scenes.notBeaten}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {chosen === null ? null : <ChosenScene key={chosen} name={chosen} />}
    </Panel>
  );
}

function ChosenScene({ name }: { readonly name: SceneName }) {
  const { t } = useText();
  const software = useRun((state) => state.adapter?.software ?? true);
  const size = useScenes((state) => state.size) ?? (software ? 'small' : 'full');
  const running = useScenes((state) => state.running);
  const error = useScenes((state) => state.error);
  const result = useScenes((state) => state.results[name]);
  const { title, explanation } = t.scenes.items[name];
  const section = useRef<HTMLElement>(null);
  // Whoever came by a link or the palette is far from it.
  useEffect(() => {
    section.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <section ref={section} className={styles.chosen} aria-label={title} data-testid="scene">
      <p>{explanation}</p>
      <div className={styles.start}>
        <Segments
          label={t.scenes.size}
          options={sceneSizes.map((value) => ({ value, face: t.scenes.sizes[value], hint: t.scenes.sizeHints[value] }))}
          value={size}
          onChoose={(value) => sceneStore.setState({ size: value })}
          disabled={running !== null}
        />
        {running?.scene === name ? (
          <Key icon={Square} onClick={() => sceneController.stop()}>
            {t.scenes.stop}
          </Key>
        ) : (
          <Key
            primary
            icon={Play}
            disabled={running !== null}
            title={running === null ? undefined : t.scenes.busy}
            onClick={() => void sceneController.start(name, size)}
          >
            {result === undefined ? t.scenes.run : t.scenes.runAgain}
          </Key>
        )}
      </div>
      {running?.scene === name ? <SceneProgress running={running} /> : null}
      {error?.scene === name ? (
        <div role="alert" className={styles.failed}>
          <FailureText error={error.error} details />
        </div>
      ) : null}
      {result === undefined ? null : <SceneOutcome result={result} />}
    </section>
  );
}
