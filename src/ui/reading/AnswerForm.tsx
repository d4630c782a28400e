// A question and the text that may answer it; the spans that the model finds, marked in the text.

import { useState } from 'react';
import { type ContextAnswer, readingDefaults } from '../../core/answerRecords';
import { useText } from '../i18n/useText';
import { Term } from '../parts/Term';
import { useReading } from '../stores/readingStore';
import { AskForm, TextField } from './AskForm';
import { NumberField } from './NumberField';
import styles from './Reading.module.css';

export function AnswerForm() {
  const { t } = useText();
  const words = t.reading.answer;
  const [question, setQuestion] = useState('');
  const [context, setContext] = useState('');
  const [topK, setTopK] = useState(3);
  const [maxAnswerTokens, setMost] = useState<number>(readingDefaults.maxAnswerTokens);
  const [allowNone, setAllowNone] = useState(false);
  const complete = question.trim() !== '' && context.trim() !== '';
  const request = { task: 'answer', question, context, topK, maxAnswerTokens, allowNone } as const;
  return (
    <>
      <AskForm request={complete ? request : null}>
        <TextField label={words.question} value={question} rows={1} onChange={setQuestion} />
        <TextField label={words.context} hint={words.contextHint} value={context} rows={6} onChange={setContext} />
        <div className={styles.row}>
          <NumberField label={words.topK} value={topK} min={1} max={20} onChange={setTopK} />
          <NumberField label={words.maxTokens} value={maxAnswerTokens} min={1} max={200} onChange={setMost} />
          <label className={styles.check}>
            <input type="checkbox" checked={allowNone} onChange={({ target }) => setAllowNone(target.checked)} />
            {words.allowNone}
          </label>
        </div>
      </AskForm>
      <Answers />
    </>
  );
}

function Answers() {
  const { t, format } = useText();
  const words = t.reading.answer;
  const answered = useReading((state) => state.answer);
  const [chosen, setChosen] = useState(0);
  if (answered === null) return <div data-testid="read-answer" />;
  const { answers, windows } = answered.result;
  const shown = answers[Math.min(chosen, answers.length - 1)];
  return (
    <div className={styles.results} data-testid="read-answer" aria-live="polite">
      <ol className={styles.answers}>
        {answers.map((answer, index) => (
          <li key={`${answer.start} ${answer.end}`}>
            <button
              type="button"
              aria-pressed={answer === shown}
              onClick={() => setChosen(index)}
              onPointerEnter={() => setChosen(index)}
              onFocus={() => setChosen(index)}
            >
              <span>{answer.text === '' ? words.none : answer.text}</span>
              <span className={styles.score}>{format.percent(answer.score, 1)}</span>
            </button>
          </li>
        ))}
      </ol>
      <p className={styles.hint}>
        <Term id="readScore" /> · {words.windows(format.integer(windows))}
      </p>
      <Marked context={answered.request.context} answer={shown} />
    </div>
  );
}

function Marked({ context, answer }: { readonly context: string; readonly answer: ContextAnswer | undefined }) {
  const { start, end } = answer ?? { start: 0, end: 0 };
  return (
    <p className={styles.context}>
      {context.slice(0, start)}
      {end > start ? <mark>{context.slice(start, end)}</mark> : null}
      {context.slice(end)}
    </p>
  );
}
