// A text whose every word gets a label.

import { useState } from 'react';
import { useText } from '../i18n/useText';
import { useReading } from '../stores/readingStore';
import { AskForm, TextField } from './AskForm';
import styles from './Reading.module.css';

export function TagForm() {
  const { t, format } = useText();
  const words = t.reading.tag;
  const [text, setText] = useState('');
  const result = useReading((state) => state.tag?.result);
  return (
    <>
      <AskForm request={text.trim() === '' ? null : { task: 'tag', text }}>
        <TextField label={words.text} value={text} rows={3} onChange={setText} />
      </AskForm>
      <ol className={styles.tags} data-testid="read-tag" aria-live="polite">
        {result?.words.map(({ word, start, label, probability }) => (
          <li key={start}>
            <span>{word}</span>
            <span className={styles.label}>
              {label} {format.percent(probability)}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
