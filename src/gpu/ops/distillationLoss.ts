// The loss of a student that learns from a teacher's logits and from labels at once (Hinton, Vinyals, Dean 2015), summed and divided once by the
// global count of valid tokens (step.inverse_tokens). In training the student's logits are overwritten with their own gradient; the teacher has none.

import type { Tensor } from '../graph';
import { type Operation, requireShape } from '../operation';
import { planSumRows } from '../plans/crossEntropy';
import { planDistillationLoss } from '../plans/distillation';
import { metricsLayout } from '../plans/metricsLayout';

export interface DistillationLossTypes {
  readonly inputs: {
    /** [N, V] */
    readonly logits: Tensor;
    /** [N, V] */
    readonly teacher: Tensor;
    /** i32 [N]; -100 is not counted. */
    readonly targets: Tensor;
    /** Metrics buffer whose loss element is added to. */
    readonly loss: Tensor;
  };
  readonly attributes: { readonly temperature: number; readonly alpha: number; readonly gradient: boolean };
  readonly outputs: { /** [N] */ readonly rowLoss: Tensor };
}

export const distillationLoss: Operation<DistillationLossTypes> = {
  outputs(make, { logits, teacher, targets }) {
    requireShape(
      logits.shape.length === 2 && logits.shape.join() === teacher.shape.join() && logits.shape[0] === targets.shape[0],
      'distillationLoss',
      `logits [${logits.shape}], teacher [${teacher.shape}], targets [${targets.shape}]`,
    );
    return { rowLoss: make('rowLoss', [logits.shape[0]]) };
  },
  forward(emit, { inputs: { logits, teacher, targets, loss }, outputs, attributes }) {
    const [rows, columns] = logits.shape;
    const { family } = emit.choices;
    for (const dispatch of planDistillationLoss({ rows, columns, ...attributes }, family))
      emit.call('forward', dispatch, { logits, teacher, targets, row_loss: outputs.rowLoss });
    const sum = { count: rows, offset: metricsLayout.loss, accumulate: true, scale: true };
    for (const dispatch of planSumRows(sum, family))
      emit.call('sum', dispatch, { row_loss: outputs.rowLoss, out: loss });
  },
  backward(emit, { inputs: { logits } }) {
    emit.pass(logits, logits);
  },
};
