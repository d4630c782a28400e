// Puts what the ranks of a mesh store together again as whole tensors, and says where replicas differ. Pure: it fetches nothing.

import type { LocalParameter } from '../model/shapes/rankState';
import { putShard } from '../parallel/placement';
import type { ParameterPiece } from './meshRank';
import type { MeshRankPlan } from './meshRankPlan';

export interface Merged {
  readonly tensors: Map<string, Float32Array>;
  /** Parameters that two ranks hold with different bits. */
  readonly disagreeing: readonly string[];
  /** Parameters some of whose values no rank had. */
  readonly incomplete: readonly string[];
}

interface Local {
  readonly values: Float32Array;
  readonly have: Uint8Array;
}

function bits(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

/**
 * @param pieces of each rank, in the order of `plans`
 * @param of frozen parameters, or those that are trained
 */
export function mergePieces(
  plans: readonly Pick<MeshRankPlan, 'at' | 'parameters' | 'layoutOfMesh'>[],
  pieces: readonly (readonly ParameterPiece[])[],
  of: LocalParameter['arena'] = 'parameters',
): Merged {
  const disagreeing = new Set<string>();
  const locals = new Map<string, Map<number, Local>>();
  plans.forEach(({ at, parameters, layoutOfMesh }, rank) => {
    for (const { name, start, values } of pieces[rank]) {
      const parameter = parameters.get(name);
      if (!parameter) throw new RangeError(`Rank ${rank} has no ${name}`);
      // What tensor-parallel ranks hold in common is one tensor; what is split is one for each of them.
      const part = parameter.placement.kind === 'shard' && layoutOfMesh.mesh.tp > 1 ? at.tp : 0;
      const parts = locals.get(name) ?? new Map<number, Local>();
      locals.set(name, parts);
      const local = parts.get(part) ?? {
        values: new Float32Array(parameter.length),
        have: new Uint8Array(parameter.length),
      };
      parts.set(part, local);
      const [mine, theirs] = [bits(values), bits(local.values)];
      for (let i = 0; i < mine.length; i++) {
        if (local.have[start + i] === 0) local.have[start + i] = 1;
        else if (theirs[start + i] !== mine[i]) disagreeing.add(name);
      }
      local.values.set(values, start);
    }
  });
  const tensors = new Map<string, Float32Array>();
  const incomplete = new Set<string>();
  for (const { at, parameters, layoutOfMesh } of plans) {
    const { tp } = layoutOfMesh.mesh;
    for (const [name, { placement, wholeShape, arena }] of parameters) {
      if (arena !== of) continue;
      const part = placement.kind === 'shard' && tp > 1 ? at.tp : 0;
      const local = locals.get(name)?.get(part);
      const whole = tensors.get(name) ?? new Float32Array(wholeShape.reduce((a, b) => a * b, 1));
      tensors.set(name, whole);
      if (!local || local.have.includes(0)) incomplete.add(name);
      else putShard(whole, wholeShape, placement, tp, at.tp, local.values);
    }
  }
  return { tensors, disagreeing: [...disagreeing], incomplete: [...incomplete] };
}
