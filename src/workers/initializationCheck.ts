// Whether the ranks together made all of the first weights, counted before the first step. Pure.

import { runParameters } from '../model/shapes/adapterShapes';
import type { MeshRankPlan } from '../train/meshRankPlan';
import type { MeshSpec } from '../train/meshSpec';
import type { InitializedPart } from './meshProtocol';

/** Parameters of which the ranks together did not make as many values as their copies need. */
export function missingParameters(
  spec: MeshSpec,
  plans: readonly MeshRankPlan[],
  made: readonly (readonly InitializedPart[])[],
): string[] {
  const counts = new Map<string, number>();
  for (const parts of made)
    for (const { name, elements } of parts) counts.set(name, (counts.get(name) ?? 0) + elements);
  return runParameters(spec.model, spec.lora)
    .filter(({ name, shape }) => {
      const whole = shape.reduce((a, b) => a * b, 1);
      const holders = plans.filter(({ parameters }) => parameters.has(name));
      const split = holders.some(({ parameters }) => parameters.get(name)?.placement.kind === 'shard');
      const { dp, tp, zero } = spec.parallel;
      // Each pipeline rank that has it holds it once for every replica and, where tensor parallelism does not split it, for every part.
      const copies = holders.length / ((split ? tp : 1) * (zero === 3 ? dp : 1));
      return holders.length === 0 || (counts.get(name) ?? 0) !== whole * copies;
    })
    .map(({ name }) => name);
}
