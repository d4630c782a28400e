// Cross-entropy from the statistics of all shards of the vocabulary (crossEntropyStatistics, gathered in rank order): every rank gets the same
// loss, and the gradient of its own logits in their place. Loss and division as in crossEntropy.ts.

import { elementCount, type Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planSumRows } from '../plans/crossEntropy';
import { metricsLayout } from '../plans/metricsLayout';
import { planCrossEntropyMerge, STATISTICS } from '../plans/vocabularyCrossEntropy';

export interface CrossEntropyMergeTypes {
  readonly inputs: {
    /** [N, V] of this shard: columns firstToken to firstToken + V - 1. */
    readonly logits: Tensor;
    /** i32 [N], ids of the whole vocabulary; -100 is not counted. */
    readonly targets: Tensor;
    /** [parts, N, 3], or [parts * N, 3] as an all-gather along dim 0 makes it. */
    readonly gathered: Tensor;
    /** Metrics buffer whose loss element is added to. */
    readonly loss: Tensor;
  };
  readonly attributes: { readonly gradient: boolean; readonly firstToken: number };
  readonly outputs: { /** [N] */ readonly rowLoss: Tensor };
}

/** Shards of the vocabulary whose statistics are in `gathered`; a whole number where shapes fit. */
function partsOf(gathered: Tensor, rows: number): number {
  return elementCount(gathered.shape) / (rows * STATISTICS);
}

export const crossEntropyMerge: Operation<CrossEntropyMergeTypes> = {
  outputs(make, { logits, targets, gathered }) {
    const [rows] = logits.shape;
    const parts = partsOf(gathered, rows);
    requireShape(
      logits.shape.length === 2 &&
        rows === targets.shape[0] &&
        gathered.shape[gathered.shape.length - 1] === STATISTICS &&
        Number.isInteger(parts) &&
        parts >= 1,
      'crossEntropyMerge',
      `logits [${logits.shape}], targets [${targets.shape}], gathered [${gathered.shape}]`,
    );
    return { rowLoss: make('rowLoss', [rows]) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    const { logits, targets, gathered, loss } = inputs;
    const [rows, columns] = logits.shape;
    const { family } = emit.choices;
    const problem = { rows, columns, parts: partsOf(gathered, rows), ...attributes };
    for (const dispatch of planCrossEntropyMerge(problem, family))
      emit.call('forward', dispatch, { logits, targets, gathered, row_loss: outputs.rowLoss });
    const sum = { count: rows, offset: metricsLayout.loss, accumulate: true, scale: true };
    for (const dispatch of planSumRows(sum, family))
      emit.call('sum', dispatch, { row_loss: outputs.rowLoss, out: loss });
  },
  backward(emit, { inputs }) {
    emit.pass(inputs.logits, inputs.logits);
  },
};
