// A whole number beside its name; what is typed stands until it is one.

import { useEffect, useState } from 'react';
import styles from './Reading.module.css';

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly onChange: (value: number) => void;
}

export function NumberField({ label, value, min, max, onChange }: NumberFieldProps) {
  const [draft, setDraft] = useState(String(value));
  useEffect(() => setDraft(String(value)), [value]);
  const take = (text: string) => {
    setDraft(text);
    const number = Math.floor(Number(text));
    if (text.trim() !== '' && number >= min && number <= max) onChange(number);
  };
  return (
    <label className={styles.number}>
      {label}
      <input
        type="number"
        min={min}
        max={max}
        value={draft}
        onChange={({ target }) => take(target.value)}
        onBlur={() => setDraft(String(value))}
      />
    </label>
  );
}
