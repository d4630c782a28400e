// When decoding splits the keys of a text: by the length of the context, the number of heads and texts, and the kind of device. Plans only.

import { expect, test } from 'vitest';
import { LONG_CONTEXT, planCachedAttention } from './cachedAttention';

const gpt2 = { batch: 1, tokens: 1, heads: 12, kvHeads: 12, headDim: 64, capacity: 1024 };
const families = ['blocked', 'tiled'] as const;

test('a long context has a second way, over as many spans as keep the device busy; a short one, many texts or a prompt have not', () => {
  expect(planCachedAttention(gpt2, 'tiled').spans).toBe(16);
  expect(planCachedAttention(gpt2, 'blocked').spans).toBe(3);
  expect(planCachedAttention({ ...gpt2, heads: 1, kvHeads: 1 }, 'blocked').spans).toBe(16);
  expect(planCachedAttention({ ...gpt2, batch: 8, capacity: 32_768 }, 'tiled').spans).toBe(6);
  for (const family of families) {
    for (const problem of [
      { ...gpt2, capacity: LONG_CONTEXT[family] },
      { ...gpt2, window: LONG_CONTEXT[family] },
      { ...gpt2, batch: 64 },
      { ...gpt2, tokens: 64 },
    ]) {
      const { dispatches, spans } = planCachedAttention(problem, family);
      expect([spans, dispatches.map(({ context }) => context)]).toEqual([1, [undefined]]);
    }
  }
});

test('both ways run apart, and a span has a workgroup or thread of its own', () => {
  for (const family of families) {
    const { dispatches, spans } = planCachedAttention(gpt2, family);
    expect(dispatches.map(({ kernel, context }) => `${context} ${kernel}`)).toEqual([
      'short attention_cached',
      'long attention_cached',
      'long attention_merge',
    ]);
    const [, split] = dispatches;
    const threads = split.workgroups[0] * Number(split.overrides['WORKGROUP']);
    expect(threads / Number(split.flags['LANES'])).toBe(12 * spans);
  }
});
