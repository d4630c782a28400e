// The last texts with the settings they were written by: shown again by a click, and written again with the same settings.

import { Undo2 } from 'lucide-react';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { playStore, setPlaySettings, shownOutput, usePlay } from '../stores/playStore';
import { flash } from '../stores/runStore';
import styles from './OutputsPanel.module.css';

export function OutputsPanel() {
  const { t, format } = useText();
  const words = t.play.outputs;
  const outputs = usePlay((state) => state.outputs);
  const shown = usePlay(shownOutput);
  return (
    <Panel id="playOutputs" title={words.title} fillable={false}>
      {outputs.length === 0 ? <p className={styles.empty}>{words.empty}</p> : null}
      <ol className={styles.list}>
        {outputs.map(({ id, model, settings, result }) => (
          <li key={id}>
            <button
              type="button"
              className={styles.entry}
              aria-current={shown?.id === id}
              onClick={() => playStore.setState({ shown: id })}
            >
              <span className={styles.gutter}>
                {model} · {words.settings(format.significant(settings.temperature), format.plain(settings.seed))}
              </span>
              <span className={styles.text}>
                <span className={styles.prompt}>{settings.prompt}</span>
                {result.text}
              </span>
            </button>
            <IconButton
              icon={Undo2}
              label={words.reuse}
              onClick={() => {
                setPlaySettings(settings);
                flash(words.reused);
              }}
            />
          </li>
        ))}
      </ol>
    </Panel>
  );
}
