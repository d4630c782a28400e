// Runs of elements of a flat array: joined, cut and summed. Pure.

import type { Span } from './partition';

/** Joins neighbours. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && last.start + last.length === span.start)
      merged[merged.length - 1] = { start: last.start, length: last.length + span.length };
    else merged.push(span);
  }
  return merged;
}

/** The part of `spans` within [start, end). */
export function clipSpans(spans: readonly Span[], start: number, end: number): Span[] {
  return spans
    .map((span) => ({ start: Math.max(span.start, start), end: Math.min(span.start + span.length, end) }))
    .filter((span) => span.end > span.start)
    .map((span) => ({ start: span.start, length: span.end - span.start }));
}

/** `whole` without `holes`, which are sorted and lie within it. */
export function withoutSpans(whole: Span, holes: readonly Span[]): Span[] {
  const left: Span[] = [];
  let from = whole.start;
  for (const { start, length } of holes) {
    if (start > from) left.push({ start: from, length: start - from });
    from = start + length;
  }
  const end = whole.start + whole.length;
  if (end > from) left.push({ start: from, length: end - from });
  return left;
}

export function sumLengths(spans: readonly Span[]): number {
  return spans.reduce((sum, { length }) => sum + length, 0);
}
