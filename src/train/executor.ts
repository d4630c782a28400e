// Runs a rank's actions of a StepPlan, in order, on its programs. The one place where a plan turns into work.
// It must not know which strategy made the plan.

import { LabError } from '../core/errors';
import type { CommandStream } from '../gpu/commandStream';
import type { ReadyDispatch } from '../gpu/program';
import type { PlanAction } from '../parallel/stepPlan';

/** Where dispatches go: a CommandStream, or a timed stand-in of the same form. */
export type DispatchStream = Pick<CommandStream, 'run' | 'clear' | 'submit'>;

export interface StageWork {
  /** Puts the micro-batch's tokens and step values in place; what follows on the stream sees them. */
  readonly beginMicroBatch: (microBatch: number) => void;
  readonly forward: readonly ReadyDispatch[];
  readonly backward: readonly ReadyDispatch[];
  readonly optimizer: readonly ReadyDispatch[];
  /** Cleared at the start of a step: gradients and metrics. */
  readonly cleared: readonly GPUBuffer[];
}

/** Encodes `actions`, submitting where order needs it; the last submit is the caller's. @throws LabError `internal` for an action that one rank cannot do. */
export function executeActions(actions: readonly PlanAction[], work: StageWork, stream: DispatchStream): void {
  for (const action of actions) {
    if (action.kind === 'zeroGradients') for (const buffer of work.cleared) stream.clear(buffer);
    else if (action.kind === 'optimizerStep') stream.run(work.optimizer);
    else if (action.kind !== 'compute')
      throw new LabError({ code: 'internal', message: `One rank cannot ${action.kind} alone` });
    else if (action.pass === 'forward') {
      // Queue writes land before the next submit, so earlier work must be on its way first.
      stream.submit();
      work.beginMicroBatch(action.microBatch);
      stream.run(work.forward);
    } else if (action.pass === 'backward') stream.run(work.backward);
    else throw new LabError({ code: 'internal', message: `One rank cannot run ${action.pass} alone` });
  }
}
