// Measures generation: greedy tokens after a one-token prompt with the KV cache, and by the whole context anew for each, on the same weights.

import { benchShapes, benchTraining } from '../core/benchBatch';
import { LabError } from '../core/errors';
import type { BenchRow } from '../core/records';
import { HeldParameters } from '../infer/heldParameters';
import { Recompute } from '../infer/recompute';
import { TextModel } from '../infer/textModel';
import { initialWeights } from '../model/initialize';
import { benchModel } from './benchRun';
import { summary } from './benchSummary';
import type { CheckContext } from './conformance';
import { greedySampling } from './greedy';

const WARM_UP = 3;
const DECODED_TOKENS = 32;
/** Texts side by side in the batched row. */
const TEXTS = 8;

/**
 * Rows `recompute`, `KV cache` and `KV cache, 8 texts`; a sample is the time from one token's arrival to the next, read-back included. The
 * cache's steps run ahead of their tokens, as in the product.
 * @throws LabError `internal` where the two ways give different tokens
 */
export async function benchDecode(
  context: CheckContext,
  size: 'small' | 'large',
  onRow: (row: BenchRow) => void,
): Promise<BenchRow[]> {
  const model = benchModel(benchShapes[size]);
  const engine = { ...context, choices: context.choices.unrecorded() };
  const count = WARM_UP + DECODED_TOKENS;
  const held = await HeldParameters.allocate(context.gpu, model);
  held.write(initialWeights(model, benchTraining.seed));
  const recompute = await Recompute.build(engine, model, held.arena);
  const text = new TextModel(engine, model, held.arena);
  const rows: BenchRow[] = [];
  const report = (variant: string, times: readonly number[], tokens: number): void => {
    const row = summary(`decode ${size}`, variant, times.slice(WARM_UP), tokens, 'tokens/s');
    rows.push(row);
    onRow(row);
  };
  const timed = async <T>(run: (onToken: () => void) => Promise<T>): Promise<{ result: T; times: number[] }> => {
    const times: number[] = [];
    let start = performance.now();
    const result = await run(() => {
      times.push(performance.now() - start);
      start = performance.now();
    });
    return { result, times };
  };
  const cached = async (texts: number) => {
    await text.decoder(texts);
    return timed((onToken) =>
      text.generate({
        prompts: Array.from({ length: texts }, () => Uint32Array.of(0)),
        maxTokens: count,
        sampling: greedySampling,
        goOn: () => true,
        onToken: (_token, index) => {
          if (index === 0) onToken();
          return true;
        },
        onDropped: () => undefined,
      }),
    );
  };
  try {
    const slow = await timed((onToken) => recompute.greedy(Uint32Array.of(0), count, onToken));
    report('recompute', slow.times, 1);
    const fast = await cached(1);
    report('KV cache', fast.times, 1);
    report(`KV cache, ${TEXTS} texts`, (await cached(TEXTS)).times, TEXTS);
    if (slow.result.some((token, index) => token !== fast.result[0][index]))
      throw new LabError({ code: 'internal', message: 'The KV cache gave other tokens than the whole context does.' });
    return rows;
  } finally {
    text.destroy();
    recompute.destroy();
    held.destroy();
  }
}
