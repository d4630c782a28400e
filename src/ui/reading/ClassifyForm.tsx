// Texts, one a line, and the classes that the model finds them to be of.

import { useState } from 'react';
import { useText } from '../i18n/useText';
import { useReading } from '../stores/readingStore';
import { AskForm, TextField } from './AskForm';
import { linesOf } from './lines';
import { ProbabilityBars } from './ProbabilityBars';
import styles from './Reading.module.css';

export function ClassifyForm() {
  const { t } = useText();
  const words = t.reading.classify;
  const [text, setText] = useState('');
  const answered = useReading((state) => state.classify);
  const texts = linesOf(text);
  return (
    <>
      <AskForm request={texts.length === 0 ? null : { task: 'classify', texts }}>
        <TextField label={words.texts} hint={t.reading.oneALine} value={text} rows={3} onChange={setText} />
      </AskForm>
      <div className={styles.results} data-testid="read-classify" aria-live="polite">
        {answered?.result.texts.map(({ classes }, index) => (
          <ProbabilityBars
            // biome-ignore lint/suspicious/noArrayIndexKey: a text is told by its place, and may stand twice
            key={index}
            caption={answered.request.texts[index] ?? ''}
            rows={classes.map(({ label, probability }) => ({ name: label, probability }))}
          />
        ))}
      </div>
    </>
  );
}
