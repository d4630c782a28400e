// Where every tensor of the model lies on a mesh: which rank holds which slice of it, in the words of DTensor, and how many bytes that is. It
// asks the rules that the trainer allocates by (model/shapes/rankState.ts, parallel/placement.ts) and adds none. Pure, and quick enough to be
// asked again for every move of a hand: a 12-layer model on 16 ranks takes about a millisecond.

import type { Span } from '../core/partition';
import { adapterShapes, runParameters } from '../model/shapes/adapterShapes';
import { layerOf, type ParameterShape, stageHolds } from '../model/shapes/modelShapes';
import {
  type LocalParameter,
  layoutPlace,
  layoutRankState,
  type PlaceState,
  type RankState,
  type StateArena,
} from '../model/shapes/rankState';
import { coordinatesOf, type MeshAxis, type MeshShape, meshSize } from '../parallel/mesh';
import { layoutMesh, type MeshLayout, type MeshSettings } from '../parallel/meshLayout';
import { type Placement, shardSpans } from '../parallel/placement';
import { mapActivations } from './activationMap';

export const tensorLayers = ['parameters', 'gradients', 'optimizer', 'activations'] as const;
export type TensorLayer = (typeof tensorLayers)[number];
/** What is kept from step to step. */
export type StateLayer = Exclude<TensorLayer, 'activations'>;

/** A tensor along one axis of the mesh. */
export type AxisPlacement =
  | Placement
  /** ZeRO: the flat array of its unit is divided, wherever in it the tensor lies. */
  | { readonly kind: 'unitShard' }
  /** Pipeline: it belongs to these stages alone. */
  | { readonly kind: 'stage'; readonly stages: readonly number[] };

export interface TensorSlice {
  readonly rank: number;
  /** Slices of one copy make up the whole tensor, each element once. */
  readonly copy: number;
  /** Index ranges that it is cut to, dim by dim; dims that are left out are whole. */
  readonly cuts: readonly { readonly dim: number; readonly spans: readonly Span[] }[];
  /** Of the piece that the cuts leave, in row-major order, the elements [start, end) of `of`. */
  readonly flat: { readonly start: number; readonly end: number; readonly of: number };
  readonly bytes: number;
  /** Micro-batches whose activations are held at once; 1 for state. */
  readonly held: number;
}

export interface MappedTensor {
  /** transformers' name of a parameter; an activation's as the trace labels it. */
  readonly name: string;
  /** The name without its layer: a row of the picture. */
  readonly row: string;
  /** Null outside the layers. */
  readonly layer: number | null;
  readonly shape: readonly number[];
  /** Of an activation: see ActivationShape. */
  readonly exchangedAt: string | null;
  readonly placements: Readonly<Record<MeshAxis, AxisPlacement>>;
  /** Axes along which it is computed as summands, before ranks exchange it. */
  readonly partial: readonly MeshAxis[];
  readonly copies: number;
  readonly slices: readonly TensorSlice[];
}

export interface TensorMap {
  readonly layer: TensorLayer;
  readonly mesh: MeshShape;
  readonly layout: MeshLayout;
  readonly ranks: readonly RankState[];
  /** In order of the model. */
  readonly tensors: readonly MappedTensor[];
}

const arenasOf: Readonly<Record<StateLayer, readonly StateArena[]>> = {
  parameters: ['parameters'],
  gradients: ['gradients'],
  optimizer: ['moment1', 'moment2'],
};

/** @throws LabError `config.invalid` where the settings break a rule of the mesh: ask meshIssues first */
export function mapTensors(settings: MeshSettings, layer: TensorLayer): TensorMap {
  const layout = layoutMesh(settings);
  const ranks = layoutRanks(settings, layout);
  const tensors =
    layer === 'activations' ? mapActivations(settings, layout, ranks) : mapState(settings, layout, ranks, layer);
  return { layer, mesh: layout.mesh, layout, ranks, tensors };
}

function layoutRanks(settings: MeshSettings, layout: MeshLayout): RankState[] {
  const places = new Map<number, PlaceState>();
  return Array.from({ length: meshSize(layout.mesh) }, (_, rank) => {
    const at = coordinatesOf(layout.mesh, rank);
    const key = at.pp * layout.mesh.tp + at.tp;
    const place = places.get(key) ?? layoutPlace(settings, layout, at);
    places.set(key, place);
    return layoutRankState(settings, layout, rank, place);
  });
}

/** Bytes of state of each rank, alignment gaps included, as the arenas are allocated. */
export function stateBytes({ stored }: RankState): Readonly<Record<StateLayer, number>> {
  const bytes = (layer: StateLayer): number => 4 * arenasOf[layer].reduce((sum, arena) => sum + stored[arena], 0);
  return {
    parameters: bytes('parameters') + 4 * stored.frozen,
    gradients: bytes('gradients'),
    optimizer: bytes('optimizer'),
  };
}

function mapState(
  { model, parallel, lora }: MeshSettings,
  { mesh, schedule, stages }: MeshLayout,
  ranks: readonly RankState[],
  layer: StateLayer,
): MappedTensor[] {
  const divided = ranks.some((state) => isDivided(state, layer));
  const alongDp = divided ? 1 : mesh.dp;
  // From ZeRO 1 on, gradients are summed only where their shard is updated, even where the whole buffer is kept.
  const scattered = divided || (layer === 'gradients' && ranks.some(({ sharded }) => sharded));
  const dp: AxisPlacement = scattered ? { kind: 'unitShard' } : { kind: 'replicate' };
  // All layers of a stage are laid out alike: their slices are one list. Only an asynchronous service deals out whole units.
  const alike = parallel.strategy !== 'async';
  const known = new Map<string, Pick<MappedTensor, 'copies' | 'slices'>>();
  // Beside adapters the model is frozen: it has values and nothing else.
  const frozen = lora.r > 0 && layer !== 'parameters';
  return (frozen ? adapterShapes(model, lora) : runParameters(model, lora)).map((parameter) => {
    const { name, row, shape, placement } = parameter;
    const ofLayer = layerOf(parameter);
    const at = stages.filter((stage) => stageHolds(stage, parameter)).map(({ stage }) => stage);
    const key = ofLayer === null || !alike ? name : `${row} ${schedule.rankOfStage(at[0])}`;
    const lies = known.get(key) ?? slicesOf(parameter);
    known.set(key, lies);
    return {
      name,
      row,
      layer: ofLayer,
      shape,
      exchangedAt: null,
      placements: { dp, pp: { kind: 'stage', stages: at }, tp: placement },
      partial: layer === 'gradients' ? summedAlong(mesh, placement) : [],
      ...lies,
    };
  });

  function slicesOf({ name, shape, placement }: ParameterShape): Pick<MappedTensor, 'copies' | 'slices'> {
    const split = placement.kind === 'shard' ? placement : null;
    const alongTp = split ? 1 : mesh.tp;
    /** Pipeline ranks that hold it: an embedding of two stages has a copy on each. */
    const places: number[] = [];
    const slices: TensorSlice[] = [];
    for (const state of ranks) {
      const local = state.parameters.get(name);
      if (!local) continue;
      const { pp, dp: replica, tp } = state.at;
      if (!places.includes(pp)) places.push(pp);
      const flat = keptRange(state, local, layer, divided);
      if (flat === null) continue;
      const copy = (places.indexOf(pp) * alongDp + (divided ? 0 : replica)) * alongTp + (split ? 0 : tp);
      const cuts =
        split && mesh.tp > 1 ? [{ dim: split.dim, spans: shardSpans(split, shape[split.dim], mesh.tp, tp) }] : [];
      const values = arenasOf[layer].filter((arena) => state.stored[arena] > 0).length;
      slices.push({ rank: state.rank, copy, cuts, flat, bytes: 4 * values * (flat.end - flat.start), held: 1 });
    }
    return { copies: places.length * alongDp * alongTp, slices };
  }
}

/** Each replica, and with rows divided along tp each of those ranks too, has only its own part of the sum at first. */
function summedAlong(mesh: MeshShape, placement: Placement): MeshAxis[] {
  return [
    ...(mesh.dp > 1 ? ['dp' as const] : []),
    ...(mesh.tp > 1 && placement.kind === 'replicate' ? ['tp' as const] : []),
  ];
}

/** Whether ZeRO, or an asynchronous service, divides this state over dp. */
function isDivided({ stored, layout, shards }: RankState, layer: StateLayer): boolean {
  const whole = shards.every(({ unit, length }) => length === unit.end - unit.start);
  return !whole && arenasOf[layer].some((arena) => stored[arena] < layout.length);
}

/** The part of a tensor's local piece that the rank keeps, or null where it keeps none. */
function keptRange(
  state: RankState,
  { offset, length, arena }: LocalParameter,
  layer: StateLayer,
  divided: boolean,
): TensorSlice['flat'] | null {
  if (length === 0) return null;
  if (arena === 'frozen') return { start: 0, end: length, of: length };
  const arenas = arenasOf[layer].filter((arena) => state.stored[arena] > 0);
  if (arenas.length === 0) return null;
  if (!divided) return { start: 0, end: length, of: length };
  const shard = state.shards.find(({ unit }) => offset >= unit.start && offset < unit.end);
  if (shard === undefined) return null;
  const start = Math.max(0, shard.start - offset);
  const end = Math.min(length, shard.start + shard.length - offset);
  return end > start ? { start, end, of: length } : null;
}
