// Tokens as they are shown, the tint of a share behind letters, and where an arrow key leads.

const MOST = 14;

/** Spaces and line ends made visible; long ones cut. */
export function shownToken(text: string): string {
  const visible = text.replaceAll(' ', '·').replaceAll('\n', '⏎').replaceAll('\t', '⇥').replaceAll('\r', '␍');
  return visible.length > MOST ? `${visible.slice(0, MOST - 1)}…` : visible || '∅';
}

/** The next place for an arrow key, within 0 to `last`; null for other keys. */
export function movedBy(
  key: string,
  at: number | null,
  last: number,
  [back, forth]: readonly [string, string],
): number | null {
  if (key === 'Home') return 0;
  if (key === 'End') return last;
  if (key !== back && key !== forth) return null;
  if (at === null) return 0;
  return Math.max(0, Math.min(last, at + (key === forth ? 1 : -1)));
}

/** Behind letters: never so deep that they could not be read. The square root, as in the pictures. */
export function tint(share: number): string {
  const depth = Math.round(45 * Math.sqrt(Math.max(0, Math.min(1, share))));
  return `color-mix(in srgb, var(--pen-validation) ${depth}%, var(--screen))`;
}
