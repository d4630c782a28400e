// A rank's GPU memory: the arenas, named buffers, and the pooled slots that its Programs share. Planned as a whole and checked
// against the device before the first buffer is made. Counts what it holds.

import { LabError } from '../core/errors';
import type { MemoryRow } from '../core/records';
import { bufferBytes } from './bufferBytes';
import { type GpuDevice, guarded } from './device';
import { type ArenaName, arenaNames, byteLength, type Tensor } from './graph';

export interface NamedBuffer {
  readonly name: string;
  readonly bytes: number;
  readonly kind: MemoryRow['kind'];
}

export interface MemoryRequest {
  /** Elements of each arena; 0, or left out, for an arena that is not needed. */
  readonly arenas: Readonly<Partial<Record<ArenaName, number>>>;
  readonly named: readonly NamedBuffer[];
  readonly slotBytes: readonly number[];
  /** Bytes of the uniform blocks of all programs. */
  readonly uniformBytes: number;
}

const ARENA_KIND: Readonly<Record<ArenaName, MemoryRow['kind']>> = {
  parameters: 'parameters',
  gradients: 'gradients',
  moment1: 'optimizer',
  moment2: 'optimizer',
  frozen: 'parameters',
};

/** What a request would hold, by kind. */
export function memoryRows(request: MemoryRequest): MemoryRow[] {
  const rows = new Map<MemoryRow['kind'], number>();
  const add = (kind: MemoryRow['kind'], bytes: number): void => void rows.set(kind, (rows.get(kind) ?? 0) + bytes);
  for (const arena of arenaNames) add(ARENA_KIND[arena], 4 * (request.arenas[arena] ?? 0));
  for (const { kind, bytes } of request.named) add(kind, bytes);
  for (const bytes of request.slotBytes) add('activations', bytes);
  add('scratch', request.uniformBytes);
  return [...rows].filter(([, bytes]) => bytes > 0).map(([kind, bytes]) => ({ kind, bytes }));
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** Why a request cannot be met on a device with these limits, or null. */
export function refuseMemory(request: MemoryRequest, limits: Readonly<Record<string, number>>): LabError | null {
  const limit = Math.min(limits['maxBufferSize'], limits['maxStorageBufferBindingSize']);
  const pieces = [
    ...arenaNames.map((name) => ({
      what: `the ${name} arena`,
      bytes: 4 * (request.arenas[name] ?? 0),
      advice: 'Lower the width, the layers or the vocabulary.',
    })),
    ...request.slotBytes.map((bytes) => ({
      what: 'an activation',
      bytes,
      advice: 'Lower the batch size, raise the micro-batches, or lower the sequence length or vocabulary.',
    })),
    ...request.named.map(({ name, bytes }) => ({
      what: name,
      bytes,
      advice: 'Lower the batch size or the sequence length.',
    })),
  ];
  const largest = pieces.reduce((a, b) => (b.bytes > a.bytes ? b : a), { what: 'nothing', bytes: 0, advice: '' });
  if (largest.bytes <= limit) return null;
  return new LabError({
    code: 'gpu.limit',
    message: 'This run does not fit the graphics device.',
    why: `It needs ${megabytes(largest.bytes)} in one buffer for ${largest.what}; the device allows ${megabytes(limit)}.`,
    advice: largest.advice,
  });
}

export class RankMemory {
  private readonly arenas = new Map<ArenaName, GPUBuffer>();
  private readonly named = new Map<string, GPUBuffer>();
  private slots: readonly GPUBuffer[] = [];
  private readonly owned: GPUBuffer[] = [];

  private constructor(
    private readonly gpu: GpuDevice,
    readonly request: MemoryRequest,
  ) {}

  /** @throws LabError `gpu.limit` before anything is allocated, `gpu.outOfMemory` with all freed again. */
  static async allocate(gpu: GpuDevice, request: MemoryRequest): Promise<RankMemory> {
    const refusal = refuseMemory(request, gpu.facts.limits);
    if (refusal) throw refusal;
    const memory = new RankMemory(gpu, request);
    try {
      await guarded(gpu.device, 'Reserving memory for the run', () => memory.create());
    } catch (error) {
      memory.destroy();
      throw error;
    }
    return memory;
  }

  private create(): void {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const make = (label: string, bytes: number): GPUBuffer => {
      const buffer = this.gpu.device.createBuffer({ label, size: bufferBytes(bytes), usage });
      this.owned.push(buffer);
      return buffer;
    };
    for (const name of arenaNames) {
      const elements = this.request.arenas[name] ?? 0;
      if (elements > 0) this.arenas.set(name, make(name, 4 * elements));
    }
    for (const { name, bytes } of this.request.named) this.named.set(name, make(name, bytes));
    this.slots = this.request.slotBytes.map((bytes, index) => make(`slot ${index}`, bytes));
  }

  get liveBuffers(): number {
    return this.owned.length;
  }

  get liveBytes(): number {
    return this.owned.reduce((sum, buffer) => sum + buffer.size, 0);
  }

  arena(name: ArenaName): GPUBuffer {
    const buffer = this.arenas.get(name);
    if (!buffer) throw new LabError({ code: 'internal', message: `This run has no ${name} arena` });
    return buffer;
  }

  buffer(name: string): GPUBuffer {
    const buffer = this.named.get(name);
    if (!buffer) throw new LabError({ code: 'internal', message: `This run has no buffer '${name}'` });
    return buffer;
  }

  /** Buffer, offset and size of a tensor. `slot` is its place in the shared pool where it has one. */
  resource(
    tensor: Tensor,
    slot: number | undefined,
  ): { readonly buffer: GPUBuffer; readonly offset: number; readonly size: number } {
    const size = bufferBytes(byteLength(tensor));
    if (tensor.storage.kind === 'arena')
      return { buffer: this.arena(tensor.storage.arena), offset: 4 * tensor.storage.offset, size };
    if (tensor.storage.kind === 'named') return { buffer: this.buffer(tensor.storage.name), offset: 0, size };
    if (slot === undefined) throw new LabError({ code: 'internal', message: `${tensor.label} has no slot` });
    return { buffer: this.slots[slot], offset: 0, size };
  }

  destroy(): void {
    for (const buffer of this.owned) buffer.destroy();
    this.owned.length = 0;
  }
}
