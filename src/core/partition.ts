// How a count is divided over parts: one rule for layers, heads, vocabulary rows, micro-batch rows and arena blocks. Pure.

export interface Span {
  readonly start: number;
  readonly length: number;
}

/**
 * Part `index` of `parts` of `count` things: sizes differ by at most one, larger ones first. So an uneven split leaves no part empty while
 * `count >= parts` (torch.chunk's ceiling rule may leave several empty).
 */
export function partOf(count: number, parts: number, index: number): Span {
  const small = Math.floor(count / parts);
  const larger = count - small * parts;
  return { start: index * small + Math.min(index, larger), length: small + (index < larger ? 1 : 0) };
}

/** All parts, in order. */
export function partition(count: number, parts: number): Span[] {
  return Array.from({ length: parts }, (_, index) => partOf(count, parts, index));
}
