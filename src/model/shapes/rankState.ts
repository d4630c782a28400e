// What one rank of a mesh stores of the model: its parameters and their pieces, how they lie in the flat arenas, and which part of those
// it keeps under ZeRO. The trainer allocates this and the page draws it. Pure; no device and no program.

import { type ArenaEntry, type ArenaLayout, layoutArena, type UnitShard } from '../../core/arena';
import type { Gpt2Config } from '../../core/runConfig';
import { sumLengths } from '../../core/spans';
import { type Coordinates, coordinatesOf } from '../../parallel/mesh';
import type { MeshLayout, MeshSettings } from '../../parallel/meshLayout';
import { localShape, type Placement } from '../../parallel/placement';
import type { StageSpan } from '../../parallel/stages';
import { unitShards } from '../../parallel/unitShards';
import { gpt2Placement } from './gpt2Placements';
import { gpt2Parameters, type ParameterShape } from './gpt2Shapes';

export const EMBEDDING = 'transformer.wte.weight';
export const ROOT_UNIT = 'root';

/** A parameter as a rank stores it, before ZeRO divides it further. */
export interface LocalParameter extends ArenaEntry {
  readonly wholeShape: readonly number[];
  readonly placement: Placement;
  readonly init: ParameterShape['init'];
}

export type StateArena = 'parameters' | 'gradients' | 'moment1' | 'moment2';

export interface RankState {
  readonly rank: number;
  readonly at: Coordinates;
  /** The stages it holds, in order of the model. */
  readonly stages: readonly StageSpan[];
  readonly layout: ArenaLayout;
  readonly parameters: ReadonlyMap<string, LocalParameter>;
  /** This rank's parts of the units along dp; whole units where ZeRO is off. */
  readonly shards: readonly UnitShard[];
  /** Optimiser state, and more with ZeRO 2 and 3, is divided over dp. */
  readonly sharded: boolean;
  /** Elements of each arena as stored: `layout.length` where it is whole, the shards' sum where it is not. */
  readonly stored: Readonly<Record<StateArena, number>>;
}

/** `root` or the layer's name: what is gathered and reduced together. */
function unitOf(name: string): string {
  return /^transformer\.(h\.\d+)\./.exec(name)?.[1] ?? ROOT_UNIT;
}

/** Parameters that the stages hold, in the arena's order of units: root first, then layers. */
function ownParameters(model: Gpt2Config, spans: readonly StageSpan[]): ParameterShape[] {
  const holds = (name: string): boolean => {
    const layer = /^transformer\.h\.(\d+)\./.exec(name)?.[1];
    if (layer !== undefined)
      return spans.some(({ firstLayer, endLayer }) => Number(layer) >= firstLayer && Number(layer) < endLayer);
    if (name === EMBEDDING) return spans.some((s) => s.embedding || (s.head && model.tie_word_embeddings));
    if (name === 'transformer.wpe.weight') return spans.some(({ embedding }) => embedding);
    return spans.some(({ head }) => head);
  };
  return gpt2Parameters(model).filter(({ name }) => holds(name));
}

/** @param layoutOfMesh of the same settings; the same for all ranks */
export function layoutRankState(
  { model, train, parallel }: MeshSettings,
  { mesh, schedule, stages: allStages }: MeshLayout,
  rank: number,
): RankState {
  const at = coordinatesOf(mesh, rank);
  const stages = allStages.filter(({ stage }) => schedule.rankOfStage(stage) === at.pp);
  const own = ownParameters(model, stages).map((parameter) => {
    const placement = gpt2Placement(model, parameter.name);
    return { ...parameter, placement, local: localShape(parameter.shape, placement, mesh.tp, at.tp) };
  });
  const layout = layoutArena(
    own.map(({ name, local, decay }) => ({
      name,
      shape: local,
      decay,
      hiddenMatrix: local.length === 2 && name.startsWith('transformer.h.'),
      unit: unitOf(name),
    })),
  );
  const parameters = new Map<string, LocalParameter>();
  for (const { name, shape, placement, init } of own) {
    const entry = layout.entries.get(name);
    if (entry) parameters.set(name, { ...entry, wholeShape: shape, placement, init });
  }

  const asynchronous = parallel.strategy === 'async';
  const sharded = (parallel.zero > 0 || asynchronous) && mesh.dp > 1;
  const shards = unitShards(layout.units, parallel, at.dp);
  const shardLength = sumLengths(shards);
  const lengths = (from: number): number => (parallel.zero >= from ? shardLength : layout.length);
  // Muon's programs address whole arenas, of which it updates the matrices that the rank owns.
  const serviceLength = train.optimizer === 'muon' && shardLength > 0 ? layout.length : shardLength;
  const moments = asynchronous ? serviceLength : lengths(1);
  return {
    rank,
    at,
    stages,
    layout,
    parameters,
    shards,
    sharded,
    stored: {
      parameters: lengths(3),
      gradients: lengths(2),
      moment1: moments,
      moment2: train.optimizer === 'sgd' ? 0 : moments,
    },
  };
}
