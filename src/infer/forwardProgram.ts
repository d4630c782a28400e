// A forward pass that only reads a model: memory of its own, the parameters where their store has them, and values read back after a run. It knows
// neither what the pass computes nor what is asked of it.

import { CommandStream } from '../gpu/commandStream';
import type { Tensor } from '../gpu/graph';
import { type BufferRange, compileAll, Program, type ProgramPlan, type TensorPlaces, valuesOf } from '../gpu/program';
import { type NamedBuffer, RankMemory } from '../gpu/rankMemory';
import { Readback } from '../gpu/readback';
import { STEP_BLOCK_BYTES, type StepValues, writeStepBlock } from '../gpu/stepBlock';
import type { InferEngine } from './inferEngine';
import { type ParameterStore, withParameters } from './parameterStore';

export class ForwardProgram {
  private readonly stepBytes = new DataView(new ArrayBuffer(STEP_BLOCK_BYTES));

  private constructor(
    private readonly engine: InferEngine,
    private readonly plan: ProgramPlan,
    private readonly memory: RankMemory,
    private readonly places: TensorPlaces,
    private readonly stepBuffer: GPUBuffer,
    private readonly program: Program,
    private readonly readback: Readback,
  ) {}

  /**
   * @param mostBytes that one run reads back
   * @throws LabError `gpu.limit`, `gpu.outOfMemory`
   */
  static async build(
    engine: InferEngine,
    plan: ProgramPlan,
    named: readonly NamedBuffer[],
    store: ParameterStore,
    mostBytes: number,
  ): Promise<ForwardProgram> {
    const { gpu, cache } = engine;
    await compileAll(cache, [plan], () => undefined);
    const memory = await RankMemory.allocate(gpu, {
      arenas: { parameters: 0, gradients: 0, moment1: 0, moment2: 0 },
      named,
      slotBytes: plan.memory.slotBytes,
      uniformBytes: 0,
    });
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    const stepBuffer = gpu.device.createBuffer({ label: 'step', size: 256, usage });
    const places = withParameters(memory, store);
    const program = await Program.build(gpu, cache, places, plan, slotsOf(plan), stepBuffer);
    return new ForwardProgram(engine, plan, memory, places, stepBuffer, program, new Readback(gpu.device, mostBytes));
  }

  /** Where the values of one of its tensors lie. */
  rangeOf(tensor: Tensor): BufferRange {
    return valuesOf(this.places, this.plan, slotsOf(this.plan), tensor);
  }

  write(name: string, values: Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): void {
    this.engine.gpu.device.queue.writeBuffer(this.memory.buffer(name), 0, values);
  }

  /** Zeros until it is called. */
  writeStep(values: StepValues): void {
    writeStepBlock(this.stepBytes, values);
    this.engine.gpu.device.queue.writeBuffer(this.stepBuffer, 0, this.stepBytes.buffer);
  }

  /**
   * Runs once.
   * @returns the values of `ranges`, one behind another; one read-back
   * @throws LabError `gpu.lost`, `gpu.timeout`
   */
  async read(ranges: readonly BufferRange[]): Promise<Float32Array<ArrayBuffer>> {
    const { gpu, rates } = this.engine;
    const stream = new CommandStream(gpu.device, rates);
    stream.run(this.program.segment('forward'));
    let end = 0;
    for (const { buffer, offset, size } of ranges) {
      if (size === 0) continue;
      stream.copy(buffer, offset, this.readback.target, end, size);
      end += size;
    }
    stream.submit();
    const values = new Float32Array(end / 4);
    await this.readback.into(new Uint8Array(values.buffer));
    return values;
  }

  destroy(): void {
    this.program.destroy();
    this.memory.destroy();
    this.stepBuffer.destroy();
    this.readback.destroy();
  }
}

/** Each slot of the plan has a buffer of its own. */
function slotsOf({ memory }: ProgramPlan): number[] {
  return memory.slotBytes.map((_, slot) => slot);
}
