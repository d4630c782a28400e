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
const POSITIONS = 'transformer.wpe.weight';
const LAYERS = 'transformer.h.';

/** A parameter as a rank stores it, before ZeRO divides it further. */
export interface LocalParameter extends ArenaEntry {
  readonly wholeShape: readonly number[];
  readonly placement: Placement;
  readonly init: ParameterShape['init'];
}

export type StateArena = 'parameters' | 'gradients' | 'moment1' | 'moment2';

/** What the ranks at one place along pp and tp hold alike, whatever their place along dp. */
export interface PlaceState {
  /** The stages it holds, in order of the model. */
  readonly stages: readonly StageSpan[];
  readonly layout: ArenaLayout;
  readonly parameters: ReadonlyMap<string, LocalParameter>;
}

export interface RankState extends PlaceState {
  readonly rank: number;
  readonly at: Coordinates;
  /** This rank's parts of the units along dp; whole units where ZeRO is off. */
  readonly shards: readonly UnitShard[];
  /** Optimiser state, and more with ZeRO 2 and 3, is divided over dp. */
  readonly sharded: boolean;
  /** Elements of each arena as stored: `layout.length` where it is whole, the shards' sum where it is not. */
  readonly stored: Readonly<Record<StateArena, number>>;
}

/** The layer that a parameter belongs to, null outside the layers. */
export function layerOf(name: string): number | null {
  return name.startsWith(LAYERS) ? Number(name.slice(LAYERS.length, name.indexOf('.', LAYERS.length))) : null;
}

/** Whether a stage reads the parameter; a tied embedding is read at both ends of the model. */
export function stageHolds({ tie_word_embeddings: tied }: Gpt2Config, stage: StageSpan, name: string): boolean {
  const layer = layerOf(name);
  if (layer !== null) return layer >= stage.firstLayer && layer < stage.endLayer;
  if (name === EMBEDDING) return stage.embedding || (stage.head && tied);
  return name === POSITIONS ? stage.embedding : stage.head;
}

/** @param layoutOfMesh of the same settings; the same for all ranks */
export function layoutPlace(
  { model }: MeshSettings,
  { mesh, schedule, stages: allStages }: MeshLayout,
  { pp, tp }: Pick<Coordinates, 'pp' | 'tp'>,
): PlaceState {
  const stages = allStages.filter(({ stage }) => schedule.rankOfStage(stage) === pp);
  // In the arena's order of units: root first, then layers.
  const own = gpt2Parameters(model)
    .filter(({ name }) => stages.some((stage) => stageHolds(model, stage, name)))
    .map((parameter) => {
      const placement = gpt2Placement(model, parameter.name);
      return { parameter, placement, local: localShape(parameter.shape, placement, mesh.tp, tp) };
    });
  const layout = layoutArena(
    own.map(({ parameter: { name, decay }, local }) => {
      const layer = layerOf(name);
      return {
        name,
        shape: local,
        decay,
        hiddenMatrix: local.length === 2 && layer !== null,
        // What is gathered and reduced together.
        unit: layer === null ? ROOT_UNIT : `h.${layer}`,
      };
    }),
  );
  const parameters = new Map<string, LocalParameter>();
  for (const { parameter, placement, local } of own) {
    const { name, shape: wholeShape, init } = parameter;
    const entry = layout.entries.get(name);
    if (entry === undefined) continue;
    const { offset, length } = entry;
    parameters.set(name, { name, shape: local, offset, length, wholeShape, placement, init });
  }
  return { stages, layout, parameters };
}

/** @param place of the rank's own place along pp and tp; laid out anew where left out */
export function layoutRankState(
  settings: MeshSettings,
  layoutOfMesh: MeshLayout,
  rank: number,
  place: PlaceState = layoutPlace(settings, layoutOfMesh, coordinatesOf(layoutOfMesh.mesh, rank)),
): RankState {
  const { train, parallel } = settings;
  const { mesh } = layoutOfMesh;
  const at = coordinatesOf(mesh, rank);
  const { layout } = place;
  const asynchronous = parallel.strategy === 'async';
  const sharded = (parallel.zero > 0 || asynchronous) && mesh.dp > 1;
  const shards = unitShards(layout.units, parallel, at.dp);
  const shardLength = sumLengths(shards);
  const lengths = (from: number): number => (parallel.zero >= from ? shardLength : layout.length);
  // Muon's programs address whole arenas, of which it updates the matrices that the rank owns.
  const serviceLength = train.optimizer === 'muon' && shardLength > 0 ? layout.length : shardLength;
  const moments = asynchronous ? serviceLength : lengths(1);
  return {
    ...place,
    rank,
    at,
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
