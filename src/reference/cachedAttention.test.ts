// Attention over spans of the keys, put together, is attention over all of them.

import { expect, test } from 'vitest';
import { randomValues } from '../testing/randomValues';
import { type CachedAttentionInput, cachedAttention, cachedAttentionSpans, mergedSpans } from './cachedAttention';

test('spans of any number and unit merge to the whole, with empty ones, windows and shared heads among them', () => {
  const shape = { tokens: 2, heads: 4, kvHeads: 2, headDim: 3, capacity: 37 };
  const width = 2 * shape.kvHeads * shape.headDim;
  const firstPositions = Uint32Array.of(0, 11, 35);
  const rows = firstPositions.length * shape.tokens;
  const input: CachedAttentionInput = {
    ...shape,
    firstPositions,
    qkv: randomValues('qkv', rows * (shape.heads * shape.headDim + width)),
    cache: randomValues('cache', firstPositions.length * shape.capacity * width),
  };
  for (const window of [undefined, 9]) {
    const own = window === undefined ? input : { ...input, window };
    const whole = cachedAttention(own);
    for (const [spans, unit] of [
      [1, 1],
      [3, 1],
      [5, 4],
      [8, 64],
    ]) {
      const merged = mergedSpans(cachedAttentionSpans(own, spans, unit), spans, shape.headDim);
      expect(Math.max(...merged.map((value, index) => Math.abs(value - whole[index])))).toBeLessThan(1e-14);
    }
  }
});
