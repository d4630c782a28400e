// Names with their probabilities, as a table whose cells hold bars.

import { useText } from '../i18n/useText';
import styles from './Reading.module.css';

interface ProbabilityBarsProps {
  readonly caption: string;
  readonly rows: readonly { readonly name: string; readonly probability: number }[];
}

export function ProbabilityBars({ caption, rows }: ProbabilityBarsProps) {
  const { format } = useText();
  return (
    <table className={styles.bars}>
      <caption>{caption}</caption>
      <tbody>
        {rows.map(({ name, probability }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className={styles.track}>
              <span aria-hidden style={{ inlineSize: `${100 * probability}%` }} />
            </td>
            <td>{format.percent(probability, 1)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
