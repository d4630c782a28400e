// A measured or computed value: name above, tabular numerals and unit below, and how we know it.
// It formats nothing; it gets text.

import type { ReactNode } from 'react';
import type { TermId } from '../i18n/termsEn';
import styles from './Readout.module.css';
import { Term } from './Term';

interface ReadoutProps {
  readonly term: TermId;
  readonly label?: string;
  readonly value: ReactNode;
  readonly unit?: string;
  /** `predicted`, `measured`, or a remark. */
  readonly basis?: string;
  readonly tone?: 'train' | 'validation';
}

export function Readout({ term, label, value, unit, basis, tone }: ReadoutProps) {
  return (
    <div className={styles.readout}>
      <dt className={styles.label}>
        {tone === undefined ? null : <span className={styles[tone]} aria-hidden />}
        <Term id={term}>{label}</Term>
      </dt>
      <dd className={styles.value}>
        {value}
        {unit === undefined ? null : <span className={styles.unit}>{unit}</span>}
        {basis === undefined ? null : <span className={styles.basis}>{basis}</span>}
      </dd>
    </div>
  );
}
