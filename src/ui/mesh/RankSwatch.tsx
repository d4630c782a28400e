// The mark by which a rank is known in every picture. Decoration: the rank's name is always beside it.

import styles from './RankSwatch.module.css';
import { rankHue, rankPattern } from './rankLook';

export function RankSwatch({ rank }: { readonly rank: number }) {
  return <span className={`${styles.swatch} ${rankHue(rank)} ${rankPattern(rank)}`} aria-hidden />;
}
