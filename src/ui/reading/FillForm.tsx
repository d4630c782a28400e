// Gaps of a text and the words that the model would put there.

import { useState } from 'react';
import { useText } from '../i18n/useText';
import { useReading } from '../stores/readingStore';
import { AskForm, TextField } from './AskForm';
import { NumberField } from './NumberField';
import { ProbabilityBars } from './ProbabilityBars';
import styles from './Reading.module.css';

export function FillForm() {
  const { t, format } = useText();
  const words = t.reading.fill;
  const [text, setText] = useState('');
  const [topK, setTopK] = useState(5);
  const result = useReading((state) => state.fill?.result);
  return (
    <>
      <AskForm request={text.trim() === '' ? null : { task: 'fill', text, topK }}>
        <TextField
          label={<span data-term="readMask">{words.text}</span>}
          hint={words.hint}
          value={text}
          rows={3}
          onChange={setText}
        />
        <NumberField label={words.topK} value={topK} min={1} max={50} onChange={setTopK} />
      </AskForm>
      <div className={styles.results} data-testid="read-fill" aria-live="polite">
        {result?.gaps.map(({ position, candidates }, gap) => (
          <section key={position}>
            <ProbabilityBars
              caption={words.gap(format.integer(gap + 1))}
              rows={candidates.map(({ token, probability }) => ({ name: token, probability }))}
            />
            <p className={styles.whole}>{candidates[0]?.text}</p>
          </section>
        ))}
      </div>
    </>
  );
}
