// What an action moves, in the words of the ledger: one place for whoever counts messages and whoever expects them. Names only.

import type { PlanTensor } from './stepPlan';

export function cargoOf(tensor: PlanTensor): string {
  switch (tensor.of) {
    case 'activation':
      return 'activations';
    case 'activationGradient':
      return 'activation gradients';
    case 'part':
      return `${tensor.pass === 'forward' ? 'activations' : 'activation gradients'} (tensor parallel)`;
    case 'gradients':
      return tensor.share === 'all' ? 'gradients' : `${tensor.share} gradients`;
    case 'change':
      return 'weight changes';
    case 'parameters':
      return 'parameters';
    case 'scalars':
      return 'loss and norm';
  }
}
