// Softmax cross-entropy with an ignore index, summed and divided once by the global count of valid tokens (step.inverse_tokens).
// In training the logits are overwritten with their own gradient: the largest activation of a language model is not kept twice.

import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planCrossEntropy, planSumRows } from '../plans/crossEntropy';
import { metricsLayout } from '../plans/metricsLayout';

export interface CrossEntropyTypes {
  readonly inputs: {
    /** [N, V] */
    readonly logits: Tensor;
    /** i32 [N]; -100 is not counted. */
    readonly targets: Tensor;
    /** Metrics buffer whose loss element is added to. */
    readonly loss: Tensor;
  };
  readonly attributes: {
    readonly gradient: boolean;
    /** This rank's share of the gradient, where as many ranks as it says compute the same loss; 1 where not given. */
    readonly share?: number;
  };
  readonly outputs: { /** [N] */ readonly rowLoss: Tensor };
}

export const crossEntropy: Operation<CrossEntropyTypes> = {
  outputs(make, { logits, targets }) {
    requireShape(
      logits.shape.length === 2 && logits.shape[0] === targets.shape[0],
      'crossEntropy',
      `logits [${logits.shape}], targets [${targets.shape}]`,
    );
    return { rowLoss: make('rowLoss', [logits.shape[0]]) };
  },
  forward(emit, { inputs, outputs, attributes }) {
    const [rows, columns] = inputs.logits.shape;
    const { family } = emit.choices;
    for (const dispatch of planCrossEntropy({ rows, columns, ...attributes }, family)) {
      emit.call('forward', dispatch, { logits: inputs.logits, targets: inputs.targets, row_loss: outputs.rowLoss });
    }
    for (const dispatch of planSumRows(
      { count: rows, offset: metricsLayout.loss, accumulate: true, scale: true },
      family,
    )) {
      emit.call('sum', dispatch, { row_loss: outputs.rowLoss, out: inputs.loss });
    }
  },
  backward(emit, { inputs }) {
    emit.pass(inputs.logits, inputs.logits);
  },
};
