// Runs of elements of a flat array: joined, cut, summed, and packed one after another. Pure.

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

/**
 * The values of `spans`, one after another, at the beginning of `into`, which is returned.
 * @param origin the element that `source` begins with
 */
export function packSpans<Out extends Float32Array>(
  source: Float32Array,
  spans: readonly Span[],
  into: Out,
  origin = 0,
): Out {
  let at = 0;
  for (const { start, length } of spans) {
    into.set(source.subarray(start - origin, start - origin + length), at);
    at += length;
  }
  return into;
}

/** The reverse of packSpans: what is not in `spans` stays as it is. */
export function unpackSpans(packed: Float32Array, spans: readonly Span[], into: Float32Array, origin = 0): void {
  let at = 0;
  for (const { start, length } of spans) {
    into.set(packed.subarray(at, at + length), start - origin);
    at += length;
  }
}
