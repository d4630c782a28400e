// A few choices side by side, one of them taken. Looks and keys only.

import styles from './Segments.module.css';

interface SegmentsProps<Value extends string | number> {
  readonly label: string;
  readonly options: readonly { readonly value: Value; readonly face: string; readonly hint?: string }[];
  readonly value: Value;
  readonly onChoose: (value: Value) => void;
  readonly disabled?: boolean;
  /** Many choices: as many lines as they need. */
  readonly wraps?: boolean;
}

export function Segments<Value extends string | number>(props: SegmentsProps<Value>) {
  const { label, options, value, onChoose, disabled = false, wraps = false } = props;
  return (
    <fieldset className={wraps ? `${styles.segments} ${styles.wraps}` : styles.segments} aria-label={label}>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          title={option.hint}
          disabled={disabled}
          onClick={() => onChoose(option.value)}
        >
          {option.face}
        </button>
      ))}
    </fieldset>
  );
}
