// What one rank of a mesh stores of the model: its parameters and their pieces, how they lie in the flat arenas, and which part of those
// it keeps under ZeRO. The trainer allocates this and the page draws it. Pure; no device and no program.

import { type ArenaEntry, type ArenaLayout, layoutArena, type UnitShard } from '../../core/arena';
import { sumLengths } from '../../core/spans';
import { type Coordinates, coordinatesOf } from '../../parallel/mesh';
import type { MeshLayout, MeshSettings } from '../../parallel/meshLayout';
import { localShape, type Placement } from '../../parallel/placement';
import type { StageSpan } from '../../parallel/stages';
import { unitShards } from '../../parallel/unitShards';
import { adapterShapes } from './adapterShapes';
import { isHiddenMatrix, layerOf, modelShapes, type ParameterShape, stageHolds } from './modelShapes';

export const ROOT_UNIT = 'root';

/** A parameter as a rank stores it, before ZeRO divides it further. */
export interface LocalParameter extends ArenaEntry {
  readonly wholeShape: readonly number[];
  readonly placement: Placement;
  readonly init: ParameterShape['init'];
  /** Read at both ends of the model: a copy lies on the first stage and one on the last. */
  readonly tied: boolean;
  /** Beside adapters the model's own parameters are frozen: they lie in an arena of their own, whole, and are in no unit. */
  readonly arena: 'parameters' | 'frozen';
}

export type StateArena = 'parameters' | 'gradients' | 'moment1' | 'moment2' | 'frozen';

/** What the ranks at one place along pp and tp hold alike, whatever their place along dp. */
export interface PlaceState {
  /** The stages it holds, in order of the model. */
  readonly stages: readonly StageSpan[];
  /** Of what is trained. */
  readonly layout: ArenaLayout;
  /** Of what is not; null where everything is trained. */
  readonly frozen: ArenaLayout | null;
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

/** @param layoutOfMesh of the same settings; the same for all ranks */
export function layoutPlace(
  { model, lora }: MeshSettings,
  { mesh, schedule, stages: allStages }: MeshLayout,
  { pp, tp }: Pick<Coordinates, 'pp' | 'tp'>,
): PlaceState {
  const stages = allStages.filter(({ stage }) => schedule.rankOfStage(stage) === pp);
  const own = (all: readonly ParameterShape[]) =>
    all
      .filter((parameter) => stages.some((stage) => stageHolds(stage, parameter)))
      .map((parameter) => ({ parameter, local: localShape(parameter.shape, parameter.placement, mesh.tp, tp) }));
  const ofModel = own(modelShapes(model).parameters);
  const adapters = own(adapterShapes(model, lora));
  const trained = lora.r > 0 ? adapters : ofModel;
  const layout = layoutLocal(trained);
  const frozen = lora.r > 0 ? layoutLocal(ofModel) : null;
  const parameters = new Map<string, LocalParameter>();
  for (const { parameter, local } of [...ofModel, ...adapters]) {
    const { name, shape: wholeShape, placement, init, readBy } = parameter;
    const arena = layout.entries.has(name) ? 'parameters' : 'frozen';
    const entry = (arena === 'parameters' ? layout : frozen)?.entries.get(name);
    if (entry === undefined) continue;
    const { offset, length } = entry;
    const tied = typeof readBy !== 'number' && readBy.length > 1;
    parameters.set(name, { name, shape: local, offset, length, wholeShape, placement, init, tied, arena });
  }
  return { stages, layout, frozen, parameters };
}

/** In the arena's order of units: root first, then layers. */
function layoutLocal(own: readonly { readonly parameter: ParameterShape; readonly local: readonly number[] }[]) {
  return layoutArena(
    own.map(({ parameter, local }) => {
      const { name, decay, joined } = parameter;
      const layer = layerOf(parameter);
      return {
        name,
        shape: local,
        decay,
        joined,
        hiddenMatrix: isHiddenMatrix(parameter),
        // What is gathered and reduced together.
        unit: layer === null ? ROOT_UNIT : `h.${layer}`,
      };
    }),
  );
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
      frozen: place.frozen?.length ?? 0,
    },
  };
}
