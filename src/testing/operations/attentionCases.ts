// Cases of attention: causal and full, grouped queries, dropout, and the heads of a rank among others. Test-only.

import { type AttentionInput, attention, attentionBackward } from '../../reference/attention';
import { headsDropoutMask } from '../../reference/dropout';
import { randomValues } from '../randomValues';
import { EXP, matrix, type OperationCase, STEP } from './operationCase';

export function attentionCases(): OperationCase[] {
  const shapes = [
    { batch: 1, tokens: 1, heads: 1, kvHeads: 1, headDim: 5, causal: true, window: 0, rate: 0 },
    { batch: 2, tokens: 7, heads: 3, kvHeads: 3, headDim: 5, causal: true, window: 0, rate: 0 },
    { batch: 2, tokens: 33, heads: 4, kvHeads: 2, headDim: 16, causal: false, window: 0, rate: 0 },
    { batch: 2, tokens: 21, heads: 4, kvHeads: 1, headDim: 6, causal: true, window: 4, rate: 0 },
    { batch: 3, tokens: 13, heads: 2, kvHeads: 2, headDim: 5, causal: true, window: 0, rate: 0.25 },
    { batch: 3, tokens: 9, heads: 2, kvHeads: 1, headDim: 5, causal: false, window: 0, rate: 0, padded: true },
    // Heads 3 and 4 of 7, in a micro-batch that begins at the global batch's sequence 2.
    {
      batch: 3,
      tokens: 13,
      heads: 2,
      kvHeads: 2,
      headDim: 5,
      causal: true,
      window: 0,
      rate: 0.25,
      totalHeads: 7,
      headOffset: 3,
    },
  ];
  return shapes.map(({ batch, tokens, heads, kvHeads, headDim, causal, rate, window, padded, ...shard }) => {
    const { totalHeads = heads, headOffset = 0 } = shard;
    const step = { ...STEP, firstRow: headOffset > 0 ? 2 : 0 };
    // The mask is counted over the global batch and all heads of the model.
    const part = { firstRow: step.firstRow, batch, totalHeads, headOffset, heads, tokens };
    const qkv = matrix('qkv', batch * tokens, (heads + 2 * kvHeads) * headDim);
    const dOut = randomValues('dOut', batch * tokens * heads * headDim);
    const mask = padded
      ? Uint32Array.from({ length: batch * tokens }, (_, i) => (i % tokens < tokens - Math.floor(i / tokens) ? 1 : 0))
      : undefined;
    const twin: AttentionInput = {
      qkv: qkv.values,
      batch,
      tokens,
      queryHeads: heads,
      keyValueHeads: kvHeads,
      headSize: headDim,
      causal,
      ...(window ? { window } : {}),
      ...(mask ? { mask } : {}),
      ...(rate > 0 ? { dropoutMask: headsDropoutMask(STEP.seed, 5, STEP.step, rate, part) } : {}),
    };
    const { out, logSumExp } = attention(twin);
    const terms = tokens + headDim;
    return {
      name: `B${batch} T${tokens} H${heads}/${kvHeads} D${headDim}${causal ? ' causal' : ''}${window ? ` window ${window}` : ''}${rate > 0 ? ' dropout' : ''}${mask ? ' padded' : ''}${headOffset > 0 ? ' shard' : ''}`,
      run: {
        parameters: { qkv },
        ...(mask ? { named: { mask: { type: 'u32', values: mask } } } : {}),
        build: ({ trace, leaf, named }) => {
          const sizes = { batch, tokens, heads, kvHeads, headDim, causal, ...(window ? { window } : {}) };
          const attributes = { ...sizes, dropout: rate, dropoutTag: 5, ...shard };
          return {
            ...trace.apply('attention', { qkv: leaf('qkv'), mask: mask ? named('mask') : undefined }, attributes, [
              'out',
              'lse',
            ]),
          };
        },
        seeds: { out: dOut },
        step,
      },
      outputs: { out: { values: out, terms, factor: EXP }, lse: { values: logSumExp, terms } },
      gradients: {
        qkv: { values: attentionBackward(twin, dOut), terms: terms * (heads / kvHeads), factor: EXP, absolute: 1e-6 },
      },
    };
  });
}
