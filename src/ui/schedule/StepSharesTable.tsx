// Where the ranks' time goes in a step: a line predicted, a line measured, each a bar and its numbers in per cent.

import { type StepShares, sharesNames } from '../../parallel/stepShares';
import { useText } from '../i18n/useText';
import { neutralHue } from '../mesh/rankLook';
import { Term } from '../parts/Term';
import styles from './StepSharesTable.module.css';
import type { Basis } from './scheduleScene';

export interface SharesLine {
  readonly basis: Basis;
  readonly shares: StepShares;
  readonly spanMs: number;
  /** Which step was measured. */
  readonly step: number | null;
}

const terms = { compute: 'computeShare', communication: 'communicationShare', bubble: 'bubbleShare' } as const;
const BAR = 160;

export function StepSharesTable({ lines }: { readonly lines: readonly SharesLine[] }) {
  const { t, format } = useText();
  const words = t.schedule;
  return (
    <table className={styles.table} data-testid="step-shares">
      <thead>
        <tr>
          <td />
          <td className={styles.barCell} />
          {sharesNames.map((name) => (
            <th key={name} scope="col">
              <svg width="9" height="9" aria-hidden className={`${neutralHue} ${styles.key}`}>
                <rect width="9" height="9" className={styles[name]} />
              </svg>{' '}
              <Term id={terms[name]}>{words.shares[name]}</Term>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map(({ basis, shares, spanMs, step }) => (
          <tr key={basis} data-basis={basis}>
            <th scope="row">
              {step === null || basis === 'predicted'
                ? words.spans.predicted(format.duration(spanMs))
                : words.spans.measured(format.integer(step), format.duration(spanMs))}
            </th>
            <td className={styles.barCell}>
              <svg
                viewBox={`0 0 ${BAR} 10`}
                preserveAspectRatio="none"
                className={`${styles.bar} ${neutralHue}`}
                aria-hidden
              >
                {sharesNames.map((name, index) => {
                  const from = sharesNames.slice(0, index).reduce((sum, before) => sum + shares[before], 0);
                  return (
                    <rect key={name} x={from * BAR} width={shares[name] * BAR} height="10" className={styles[name]} />
                  );
                })}
              </svg>
            </td>
            {sharesNames.map((name) => (
              <td key={name}>{format.percent(shares[name], 1)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
