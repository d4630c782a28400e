// How looks at tensors join the work of a rank: behind the calls that leave them whole, of a mesh's rank in the first set of each stage's
// activations, and before the update. It runs nothing.

import type { PlanMode } from '../parallel/planModes';
import type { ComputePass } from '../parallel/stepPlan';
import type { StageWork } from './executor';
import type { MeshWork, ReadyPart, StageBank } from './meshExecutor';
import type { TensorWatch } from './tensorWatch';

/** Modes that are optimiser steps of a replica. */
const WATCHED: readonly PlanMode[] = ['train', 'local'];

function wovenBank(bank: StageBank, watch: TensorWatch): StageBank {
  const woven = (pass: ComputePass): ReadyPart[] =>
    bank.parts[pass].map((part) => ({ ...part, dispatches: watch.woven(part.dispatches) }));
  return {
    ...bank,
    parts: {
      forward: woven('forward'),
      backward: woven('backward'),
      inputGradient: woven('inputGradient'),
      weightGradient: woven('weightGradient'),
    },
  };
}

/** The same work with looks in it; the very same where the step is not looked at. */
export function watchedWork(work: MeshWork, watch: TensorWatch): MeshWork {
  const banks = new Map<number, StageBank>();
  return {
    ...work,
    bank: (stage, bank) => {
      if (bank !== 0) return work.bank(stage, bank);
      const known = banks.get(stage) ?? wovenBank(work.bank(stage, bank), watch);
      banks.set(stage, known);
      return known;
    },
    optimizer: watch.beforeUpdate(work.optimizer),
  };
}

export function isWatched(mode: PlanMode, step: number, watch: TensorWatch | null): watch is TensorWatch {
  return WATCHED.includes(mode) && watch?.due(step) === true;
}

/** The same for a rank alone. */
export function watchedStage(work: StageWork, watch: TensorWatch): StageWork {
  return {
    ...work,
    forward: watch.woven(work.forward),
    backward: watch.woven(work.backward),
    optimizer: watch.beforeUpdate(work.optimizer),
  };
}
