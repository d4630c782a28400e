// How far values of the mesh lie from those of one worker, in units in the last place: a small bar a distance, with its numbers.

import { useText } from '../i18n/useText';
import { Term } from '../parts/Term';
import type { UlpBin } from './proofSummary';
import styles from './UlpBars.module.css';

export function UlpBars({ title, bins }: { readonly title: string; readonly bins: readonly UlpBin[] }) {
  const { t, format } = useText();
  const words = t.mesh.proof;
  if (bins.length === 0) return null;
  return (
    <figure className={styles.figure}>
      <figcaption>
        {title} (<Term id="ulp">ULP</Term>)
      </figcaption>
      <table className={styles.bars}>
        <tbody>
          {bins.map(({ from, to, count, share }) => (
            <tr key={from}>
              <th scope="row">
                {to === null
                  ? words.ulpLast(format.integer(from))
                  : words.ulpBin(format.integer(from), format.integer(to))}
              </th>
              <td className={styles.track} aria-hidden>
                <span style={{ inlineSize: `${share * 100}%` }} />
              </td>
              <td title={words.elements(format.percent(share, 2), format.integer(count))}>{shareText(share)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );

  function shareText(share: number): string {
    return share > 0 && share < 0.001 ? `< ${format.percent(0.001, 1)}` : format.percent(share, 1);
  }
}
