// Looks at a tensor where it lies: a few dispatches that can stand in the middle of a program, and one small read-back. Two never run at once on
// one probe. It knows no step and no name.

import type { TensorLook } from '../core/insideRecords';
import type { GpuDevice } from './device';
import { Emitter, TensorFactory } from './emitter';
import type { ElementType } from './graph';
import type { KernelChoices } from './kernelChoices';
import type { PipelineCache } from './pipelineCache';
import { COUNTS_LENGTH, planTensorReport, STATISTICS_LENGTH } from './plans/tensorReport';
import { type BufferRange, compileAll, Program, type ReadyDispatch, type TensorPlaces } from './program';
import { RankMemory } from './rankMemory';
import { Readback } from './readback';

/** Bytes: WebGPU binds at multiples of 256. */
const ALIGNMENT = 256;

/** Where values begin in a buffer, and how they are looked at. */
export interface ProbedValues {
  readonly buffer: GPUBuffer;
  /** Bytes. */
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

export class TensorProbe {
  private constructor(
    private readonly memory: RankMemory,
    private readonly stepBuffer: GPUBuffer,
    private readonly program: Program,
    private readonly readback: Readback,
    private readonly cells: { readonly height: number; readonly width: number },
  ) {}

  /** @throws LabError `gpu.limit`, `gpu.outOfMemory` */
  static async build(
    gpu: GpuDevice,
    cache: PipelineCache,
    choices: KernelChoices,
    { buffer, offset, rows, columns }: ProbedValues,
  ): Promise<TensorProbe> {
    const begin = Math.floor(offset / ALIGNMENT) * ALIGNMENT;
    const first = (offset - begin) / 4;
    const plan = planTensorReport({ rows, columns, first }, choices.family);
    const { height, width, partial } = plan;
    const lengths = { partial, statistics: STATISTICS_LENGTH, counts: COUNTS_LENGTH, map: 2 * height * width };
    const factory = new TensorFactory();
    const named = (name: string, length: number, type: ElementType) =>
      factory.make(name, [length], type, { kind: 'named', name });
    const tensors = {
      watched: named('watched', first + rows * columns, 'f32'),
      partial: named('partial', lengths.partial, 'f32'),
      statistics: named('statistics', lengths.statistics, 'f32'),
      counts: named('counts', lengths.counts, 'u32'),
      map: named('map', lengths.map, 'f32'),
    };
    const emit = new Emitter(factory, choices, cache.catalog);
    for (const dispatch of plan.dispatches) emit.call('look', dispatch, tensors);
    const program = { calls: emit.calls, memory: { slotBytes: [], slotOf: new Map(), bytesWithoutReuse: 0 } };
    await compileAll(cache, [program], () => undefined);
    const memory = await RankMemory.allocate(gpu, {
      arenas: { parameters: 0, gradients: 0, moment1: 0, moment2: 0 },
      named: Object.entries(lengths).map(([name, length]) => ({ name, bytes: 4 * length, kind: 'scratch' as const })),
      slotBytes: [],
      uniformBytes: 0,
    });
    const watched: BufferRange = { buffer, offset: begin, size: 4 * (first + rows * columns) };
    const places: TensorPlaces = {
      resource: (tensor, slot) => (tensor.id === tensors.watched.id ? watched : memory.resource(tensor, slot)),
    };
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const stepBuffer = gpu.device.createBuffer({ label: 'step', size: 256, usage });
    const ready = await Program.build(gpu, cache, places, program, [], stepBuffer);
    const words = STATISTICS_LENGTH + COUNTS_LENGTH + lengths.map;
    return new TensorProbe(memory, stepBuffer, ready, new Readback(gpu.device, 4 * words), { height, width });
  }

  get dispatches(): readonly ReadyDispatch[] {
    return this.program.segment('forward');
  }

  /** Adds the copy of what was seen, behind the dispatches and before the submit. */
  record(stream: {
    copy(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, bytes: number): void;
  }): void {
    let at = 0;
    for (const [name, length] of this.outputs()) {
      stream.copy(this.memory.buffer(name), 0, this.readback.target, at, 4 * length);
      at += 4 * length;
    }
  }

  private outputs(): readonly (readonly [name: string, length: number])[] {
    const { height, width } = this.cells;
    return [
      ['statistics', STATISTICS_LENGTH],
      ['counts', COUNTS_LENGTH],
      ['map', 2 * height * width],
    ];
  }

  /** After the submit. @throws LabError `gpu.lost`, `gpu.timeout` */
  async read(): Promise<TensorLook> {
    const out = new Float32Array(this.readback.bytes / 4);
    await this.readback.into(new Uint8Array(out.buffer));
    const [minimum, maximum, mean, rms] = out;
    const counts = new Uint32Array(out.buffer, 4 * STATISTICS_LENGTH, COUNTS_LENGTH);
    const map = out.subarray(STATISTICS_LENGTH + COUNTS_LENGTH);
    const { height, width } = this.cells;
    const cells = (part: number): Float32Array =>
      Float32Array.from({ length: height * width }, (_, cell) => map[2 * cell + part]);
    return {
      minimum,
      maximum,
      mean,
      rms,
      zeros: counts[0],
      nonFinite: counts[1],
      bins: counts.slice(2),
      map: { height, width, greatest: cells(0), mean: cells(1) },
    };
  }

  destroy(): void {
    this.program.destroy();
    this.memory.destroy();
    this.stepBuffer.destroy();
    this.readback.destroy();
  }
}
