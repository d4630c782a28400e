// The frame of a question: its fields, and the key that asks; Ctrl+Enter asks too.

import { ScanText } from 'lucide-react';
import type { FormEvent, KeyboardEvent, ReactNode } from 'react';
import type { ReadingRequest } from '../../core/answerRecords';
import { useText } from '../i18n/useText';
import { ask } from '../labControllerReading';
import { Key } from '../parts/Buttons';
import { usePlay } from '../stores/playStore';
import { useReading } from '../stores/readingStore';
import styles from './Reading.module.css';

interface AskFormProps {
  /** Null while something is missing. */
  readonly request: ReadingRequest | null;
  readonly children: ReactNode;
}

export function AskForm({ request, children }: AskFormProps) {
  const { t } = useText();
  const busy = useReading((state) => state.asking !== null);
  const idle = usePlay((state) => state.state === 'idle');
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (request !== null && idle && !busy) void ask(request);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  return (
    <form className={styles.form} onSubmit={submit} onKeyDown={onKey}>
      {children}
      <div>
        <Key primary icon={ScanText} disabled={request === null || busy || !idle} onClick={submit}>
          {busy ? t.reading.asking : t.reading.ask}
        </Key>
      </div>
    </form>
  );
}

interface TextFieldProps {
  readonly label: ReactNode;
  readonly hint?: string;
  readonly value: string;
  readonly rows: number;
  readonly onChange: (value: string) => void;
}

export function TextField({ label, hint, value, rows, onChange }: TextFieldProps) {
  return (
    <label className={styles.field}>
      <span>
        {label} {hint === undefined ? null : <span className={styles.hint}>{hint}</span>}
      </span>
      <textarea rows={rows} value={value} spellCheck={false} onChange={({ target }) => onChange(target.value)} />
    </label>
  );
}
