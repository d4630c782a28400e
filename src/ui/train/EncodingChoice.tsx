// Offered where a text was refused: read the same bytes in another encoding.

import { useId } from 'react';
import { useText } from '../i18n/useText';
import { labController } from '../labController';
import { useRun } from '../stores/runStore';
import { type Encoding, setupStore, useSetup } from '../stores/setupStore';
import styles from './DataPanel.module.css';

const encodings: readonly Encoding[] = ['utf-8', 'utf-16le', 'utf-16be', 'gbk'];

export function EncodingChoice() {
  const { t } = useText();
  const id = useId();
  // A picture is no text in any encoding: only a refusal that speaks of encodings offers the choice.
  const refused = useRun((state) => /encoding/.test(state.failure?.advice ?? ''));
  const corpus = useSetup((state) => state.config.data.corpus);
  const userText = useSetup((state) => state.userText);
  const encoding = useSetup((state) => state.encoding);
  if (corpus !== 'text' || userText === null || (!refused && encoding === null)) return null;
  return (
    <div className={styles.encoding}>
      <label htmlFor={id}>{t.data.encoding}</label>
      <select
        id={id}
        value={encoding ?? ''}
        onChange={(event) => {
          const chosen = encodings.find((name) => name === event.target.value);
          if (chosen === undefined) return;
          setupStore.setState({ encoding: chosen });
          labController.prepareQuietly();
        }}
      >
        {encoding === null ? <option value="">…</option> : null}
        {encodings.map((name) => (
          <option key={name} value={name}>
            {t.data.encodings[name]}
          </option>
        ))}
      </select>
    </div>
  );
}
