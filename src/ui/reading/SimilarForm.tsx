// How near texts are to each other by the model's vectors of them: a matrix of cosines.

import { useState } from 'react';
import { type Pooling, poolings } from '../../core/answerRecords';
import { useText } from '../i18n/useText';
import { useReading } from '../stores/readingStore';
import { AskForm, TextField } from './AskForm';
import { linesOf } from './lines';
import styles from './Reading.module.css';

export function SimilarForm() {
  const { t } = useText();
  const words = t.reading.similar;
  const [text, setText] = useState('');
  const [pooling, setPooling] = useState<Pooling>('mean');
  const texts = linesOf(text);
  return (
    <>
      <AskForm request={texts.length < 2 ? null : { task: 'similar', texts, pooling }}>
        <TextField
          label={<span data-term="readSimilarity">{words.texts}</span>}
          hint={words.hint}
          value={text}
          rows={3}
          onChange={setText}
        />
        <label className={styles.number}>
          <span>{words.pooling}</span>
          <select
            value={pooling}
            onChange={({ target }) => setPooling(poolings.find((known) => known === target.value) ?? 'mean')}
          >
            {poolings.map((known) => (
              <option key={known} value={known}>
                {words.poolings[known]}
              </option>
            ))}
          </select>
        </label>
      </AskForm>
      <Matrix />
    </>
  );
}

function Matrix() {
  const { t, format } = useText();
  const words = t.reading.similar;
  const answered = useReading((state) => state.similar);
  if (answered === null) return <div data-testid="read-similar" />;
  const { similarities } = answered.result;
  return (
    <div className={styles.matrix} data-testid="read-similar">
      <table>
        <caption className="visually-hidden">{words.caption}</caption>
        <thead>
          <tr>
            <td />
            {similarities.map((_, column) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a text is told by its place, and may stand twice
              <th key={column} scope="col">
                {format.integer(column + 1)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {similarities.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <tr key={at}>
              <th scope="row">
                {format.integer(at + 1)} <span className={styles.named}>{answered.request.texts[at]}</span>
              </th>
              {row.map((value, column) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: as above
                  key={column}
                  style={{
                    background: `color-mix(in oklab, var(--pen-validation) ${Math.round(55 * Math.max(0, value))}%, transparent)`,
                  }}
                >
                  {format.fixed(value, 2)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
