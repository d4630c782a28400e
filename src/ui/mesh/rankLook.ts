// How a rank looks in every picture: a hue and a pattern, so that sixteen differ without colour too. Names of classes only.

import look from './rankLook.module.css';

const HUES = 8;
const patterns = ['plain', 'diagonal', 'dots', 'bars'] as const;
export type RankPatternName = (typeof patterns)[number];

/** Sets the rank's colours on an element; what is inside draws with them. */
export function rankHue(rank: number): string {
  return `${look['rank']} ${look[`hue${rank % HUES}`]}`;
}

/** Ranks of the same hue differ in pattern, and so do neighbours. */
export function rankPattern(rank: number): string {
  return look[rankPatternName(rank)] ?? '';
}

/** For what is not drawn by style sheets. */
export function rankPatternName(rank: number): RankPatternName {
  return patterns[(rank + Math.floor(rank / HUES)) % patterns.length] ?? 'plain';
}

/** Without a rank: for legends. */
export const neutralHue = `${look['rank']} ${look['neutral']}`;
