// An action of the plan in words: what a rank does, with what, and with whom.

import type { PlanAction, PlanTensor } from '../../parallel/stepPlan';
import type { Texts } from '../i18n/useText';

export function actionText(action: PlanAction, texts: Texts): string {
  const { t, format } = texts;
  const words = t.mesh.actions;
  switch (action.kind) {
    case 'zeroGradients':
      return words.zeroGradients;
    case 'compute':
      return words.compute(words.passes[action.pass], format.integer(action.stage), format.integer(action.microBatch));
    case 'send':
      return words.send(tensorText(action.tensor, texts), format.integer(action.peer));
    case 'receive':
      return words.receive(tensorText(action.tensor, texts), format.integer(action.peer));
    case 'copy':
      return words.copy(tensorText(action.tensor, texts));
    case 'allReduce':
    case 'reduceScatter':
    case 'allGather':
      return words.group(
        t.mesh.collectives[action.kind],
        tensorText(action.tensor, texts),
        axisText(action.axis, texts),
      );
    case 'gradientNorm':
      return words.gradientNorm;
    case 'optimizerStep':
      return words.optimizerStep;
    case 'outerStep':
      return words.outerStep[action.outcome];
    case 'pull':
      return words.pull(format.integer(action.peer));
    case 'push':
      return words.push(format.integer(action.peer));
  }
}

/** Axes have the same names everywhere; groups across axes are said in words. */
export function axisText(axis: string, { t }: Texts): string {
  if (axis === 'world') return t.mesh.whole;
  return axis === 'tied' ? 'pp' : axis;
}

export function tensorText(tensor: PlanTensor, { t, format }: Texts): string {
  const words = t.mesh.actions.tensors;
  switch (tensor.of) {
    case 'activation':
    case 'activationGradient':
      return words[tensor.of](format.integer(tensor.stage), format.integer(tensor.microBatch));
    case 'part':
      return words.part(tensor.label, format.integer(tensor.stage), format.integer(tensor.microBatch));
    case 'gradients':
      if (tensor.share === 'tied') return words.tied;
      return words[tensor.share === 'all' ? 'gradients' : 'replicated'](format.integer(tensor.bucket));
    case 'change':
      return words.change[tensor.share](format.integer(tensor.bucket));
    case 'parameters':
      return tensor.unit === 'all' ? words.allParameters : words.parameters(format.integer(tensor.unit));
    case 'scalars':
      return words.scalars;
  }
}
