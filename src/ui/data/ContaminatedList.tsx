// Documents that were left out because the held-out set has runs of their words. Texts are read when one is chosen.

import { useState } from 'react';
import { useText } from '../i18n/useText';
import { FailureText } from '../states/FailureText';
import type { DataResult } from '../stores/dataStore';
import styles from './ContaminatedList.module.css';
import { documentName } from './documentName';
import { useDocument } from './useDocument';

const SHOWN = 12;
const EXCERPT = 600;

export function ContaminatedList({ result }: { readonly result: DataResult }) {
  const { t, format } = useText();
  const words = t.dataView.samples;
  const [chosen, setChosen] = useState(0);
  const documents = result.summary.contaminated.slice(0, SHOWN);
  const { text, error } = useDocument(documents.at(chosen) ?? null, result);
  if (documents.length === 0) return null;
  return (
    <div className={styles.list}>
      <select aria-label={words.contaminated} value={chosen} onChange={({ target }) => setChosen(Number(target.value))}>
        {documents.map((document, at) => (
          <option key={`${document.file} ${document.record}`} value={at}>
            {documentName(document, result.files, words.document, format)}
          </option>
        ))}
      </select>
      {error === null ? (
        <p className={styles.text}>{(text?.cleaned ?? '').slice(0, EXCERPT)}</p>
      ) : (
        <FailureText error={error} />
      )}
    </div>
  );
}
