// The GPU memory of one rank of a mesh: stored arenas, what ZeRO gathers for a moment, and activations in as many sets as micro-batches are
// under way. It says where each tensor of a program lies; it computes and sends nothing.

import type { ArenaLayout, ArenaUnit } from '../core/arena';
import { bufferBytes } from '../gpu/bufferBytes';
import { byteLength, elementCount, type Tensor } from '../gpu/graph';
import { heldSlots, type MemoryPlan, mergeSlots } from '../gpu/memoryPlan';
import { type BufferRange, type ProgramPlan, type TensorPlaces, uniformBytes } from '../gpu/program';
import type { MemoryRequest, NamedBuffer, RankMemory } from '../gpu/rankMemory';
import { batchBuffers, runShape } from './batchTensors';
import { bufferNames } from './bufferNames';
import type { MeshRankPlan } from './meshRankPlan';
import type { StageProgramPlan } from './stagePlan';

/** A program and the slots of the shared pool that it uses, one map a set of activations. */
export interface PooledProgram {
  readonly plan: ProgramPlan;
  readonly slotMaps: readonly (readonly number[])[];
}

export interface PooledStage {
  readonly plan: StageProgramPlan;
  readonly banks: number;
  readonly train: PooledProgram;
  readonly evaluation: PooledProgram;
}

export interface MeshMemoryPlan {
  readonly request: MemoryRequest;
  readonly stages: readonly PooledStage[];
  readonly optimizer: PooledProgram;
  readonly norm: PooledProgram;
  readonly checksum: PooledProgram;
}

/** Parameters, or gradients, of units that are whole only while they are used. */
const pools = {
  parameters: { root: 'root parameters', layer: 'layer parameters' },
  gradients: { root: 'root gradients', layer: 'layer gradients' },
} as const;

/** Buffers of one micro-batch of one stage. */
export function bankName(name: string, stage: number, bank: number): string {
  return `${name} ${stage}.${bank}`;
}

function poolBuffers(layout: ArenaLayout, rootUnit: number | null, arena: keyof typeof pools): NamedBuffer[] {
  const bytes = ({ start, end }: ArenaUnit): number => 4 * (end - start);
  const root = rootUnit === null ? 0 : bytes(layout.units[rootUnit]);
  const layer = Math.max(0, ...layout.units.filter((_, unit) => unit !== rootUnit).map(bytes));
  return [
    { name: pools[arena].root, bytes: root, kind: 'gathered' as const },
    { name: pools[arena].layer, bytes: layer, kind: 'gathered' as const },
  ].filter((buffer) => buffer.bytes > 0);
}

function stageBuffers({ spec, layoutOfMesh, at }: MeshRankPlan, stage: StageProgramPlan, banks: number): NamedBuffer[] {
  const shape = runShape(layoutOfMesh.microBatchRows, spec.train.sequenceLength, spec.train);
  const part = { stage: stage.span, split: { parts: layoutOfMesh.mesh.tp, index: at.tp } };
  const ofBatch = batchBuffers(spec.model, shape, part);
  const buffers: NamedBuffer[] = [];
  const { stage: index, head } = stage.span;
  for (let bank = 0; bank < banks; bank++) {
    const add = (name: string, bytes: number, kind: NamedBuffer['kind']): void =>
      void buffers.push({ name: bankName(name, index, bank), bytes, kind });
    for (const { name, bytes, kind } of ofBatch) add(name, bytes, kind);
    if (!head && stage.output) add(bufferNames.outputGradient, byteLength(stage.output.train), 'activations');
  }
  return buffers;
}

/** Hands out slots of one pool: held ones to one set of activations each, the others to all programs in turn. */
class SlotPool {
  readonly slotBytes: number[] = [];
  private readonly shared: {
    readonly bytes: readonly number[];
    readonly indices: readonly number[];
    readonly maps: number[][];
  }[] = [];

  take(plan: ProgramPlan, banks: number): PooledProgram {
    const held = heldSlots(plan.calls, plan.memory);
    const maps = Array.from({ length: banks }, () => new Array<number>(plan.memory.slotBytes.length).fill(0));
    const indices: number[] = [];
    plan.memory.slotBytes.forEach((bytes, slot) => {
      if (!held.has(slot)) indices.push(slot);
      else for (const map of maps) map[slot] = this.slotBytes.push(bytes) - 1;
    });
    this.shared.push({ bytes: indices.map((slot) => plan.memory.slotBytes[slot]), indices, maps });
    return { plan, slotMaps: maps };
  }

  /** To be called once, when all programs have taken theirs. */
  finish(): void {
    const plans = this.shared.map(
      ({ bytes }): MemoryPlan => ({ slotBytes: bytes, slotOf: new Map(), bytesWithoutReuse: 0 }),
    );
    const merged = mergeSlots(plans);
    const base = this.slotBytes.length;
    this.slotBytes.push(...merged.slotBytes);
    this.shared.forEach(({ indices, maps }, at) => {
      indices.forEach((slot, position) => {
        for (const map of maps) map[slot] = base + merged.slotMaps[at][position];
      });
    });
  }
}

export function planMeshMemory(plan: MeshRankPlan): MeshMemoryPlan {
  const { layout, stored, rootUnit } = plan;
  const pool = new SlotPool();
  const named: NamedBuffer[] = [
    { name: bufferNames.metrics, bytes: 16, kind: 'scratch' },
    { name: bufferNames.evaluation, bytes: 16, kind: 'scratch' },
  ];
  if (stored.parameters < layout.length) named.push(...poolBuffers(layout, rootUnit, 'parameters'));
  if (stored.gradients < layout.length) named.push(...poolBuffers(layout, rootUnit, 'gradients'));
  const stages = plan.stages.map((stage): PooledStage => {
    const banks = plan.actions.train.banks.get(stage.span.stage) ?? 1;
    named.push(...stageBuffers(plan, stage, banks));
    return { plan: stage, banks, train: pool.take(stage.train, banks), evaluation: pool.take(stage.evaluation, 1) };
  });
  const optimizer = pool.take(plan.optimizer, 1);
  const norm = pool.take(plan.norm, 1);
  const checksum = pool.take(plan.checksum.program, 1);
  pool.finish();
  const programs = [
    ...stages.flatMap(({ train, evaluation, banks }) => [
      ...new Array<ProgramPlan>(banks).fill(train.plan),
      evaluation.plan,
    ]),
    optimizer.plan,
    norm.plan,
    checksum.plan,
  ];
  return {
    request: { arenas: stored, named, slotBytes: pool.slotBytes, uniformBytes: uniformBytes(programs) },
    stages,
    optimizer,
    norm,
    checksum,
  };
}

/** Where one stage's tensors lie for one micro-batch. */
export class BankPlaces implements TensorPlaces {
  constructor(
    private readonly memory: RankMemory,
    private readonly plan: MeshRankPlan,
    private readonly stage: number,
    private readonly bank: number,
  ) {}

  resource(tensor: Tensor, slot: number | undefined): BufferRange {
    const { storage } = tensor;
    if (storage.kind === 'named' && storage.name !== bufferNames.metrics && storage.name !== bufferNames.evaluation) {
      const name = bankName(storage.name, this.stage, this.bank);
      return this.memory.resource({ ...tensor, storage: { kind: 'named', name } }, slot);
    }
    if (storage.kind === 'arena' && (storage.arena === 'parameters' || storage.arena === 'gradients')) {
      const pooled = pooledRange(this.memory, this.plan, storage.arena, storage.offset, elementCount(tensor.shape));
      if (pooled) return pooled;
    }
    return this.memory.resource(tensor, slot);
  }
}

/** The place of arena elements that are stored in shards and whole only in a pool; null where the arena is stored whole. */
export function pooledRange(
  memory: RankMemory,
  { layout, rootUnit, stored }: MeshRankPlan,
  arena: 'parameters' | 'gradients',
  offset: number,
  length: number,
): BufferRange | null {
  if (stored[arena] === layout.length) return null;
  const unit = layout.units.findIndex(({ start, end }) => offset >= start && offset < end);
  const buffer = memory.buffer(unit === rootUnit ? pools[arena].root : pools[arena].layer);
  return { buffer, offset: 4 * (offset - layout.units[unit].start), size: bufferBytes(4 * length) };
}

/** The pools of an arena that exist: to be cleared when a step begins. */
export function poolBuffersOf(memory: RankMemory, plan: MeshRankPlan, arena: 'parameters' | 'gradients'): GPUBuffer[] {
  if (plan.stored[arena] === plan.layout.length) return [];
  return poolBuffers(plan.layout, plan.rootUnit, arena).map(({ name }) => memory.buffer(name));
}
