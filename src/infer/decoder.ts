// Continues texts with a whole model on one device. Steps are submitted in groups with one read-back each, and groups ahead of their tokens'
// arrival, since a token stays on the device for the next step. It knows no window and no stop rule.

import { modelSizes } from '../core/modelConfig';
import { CommandStream } from '../gpu/commandStream';
import type { Sampling } from '../gpu/plans/sampleToken';
import { Readback } from '../gpu/readback';
import { STEP_BLOCK_BYTES } from '../gpu/stepBlock';
import type { DecodePlan } from './decodePlan';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';
import { MOST_STEPS } from './stepPace';
import { TextPrograms } from './textPrograms';
import { StepGroups, type TokenDecoder } from './tokenDecoder';

/** Groups on their way at once: enough to hide a map's round trip on a GPU, few enough that little is thrown away at a stop. */
export const AHEAD = { tiled: 3, blocked: 2 } as const;

export class Decoder implements TokenDecoder {
  readonly traffic = null;
  private readonly stepBytes = new ArrayBuffer(MOST_STEPS * STEP_BLOCK_BYTES);
  /** The step blocks of a group, from where each step copies its own. */
  private readonly stepTable: GPUBuffer;
  private readonly readbacks: readonly Readback[];
  private readonly groups: StepGroups;
  private submitted = 0;

  private constructor(
    private readonly engine: InferEngine,
    private readonly programs: TextPrograms,
  ) {
    const { device } = engine.gpu;
    const { texts } = programs.plan;
    const ahead = AHEAD[engine.choices.family];
    this.groups = new StepGroups(texts, ahead);
    this.readbacks = Array.from({ length: ahead }, () => new Readback(device, 4 * texts * MOST_STEPS));
    this.stepTable = device.createBuffer({
      label: 'steps',
      size: this.stepBytes.byteLength,
      usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  }

  /** Compiles, allocates and binds. @param parameters that the plan, of a whole model, was made for */
  static async build(
    engine: InferEngine,
    plan: DecodePlan,
    parameters: ParameterStore,
    onProgress: (done: number, total: number) => void,
  ): Promise<Decoder> {
    return new Decoder(engine, await TextPrograms.build(engine, plan, parameters, onProgress));
  }

  get model() {
    return this.programs.plan.model;
  }

  start(sampling: Sampling, said: readonly Uint32Array[]): void {
    this.groups.start();
    this.programs.start(sampling, said);
  }

  fill(contexts: readonly Uint32Array[]): void {
    const { programs } = this;
    for (const start of programs.beginFill(contexts)) programs.fillChunk(contexts, start).submit();
    programs.endFill(contexts);
    this.groups.filled(modelSizes(this.model).positions, contexts);
  }

  get room(): boolean {
    return this.groups.room;
  }

  get pending(): boolean {
    return this.groups.pending;
  }

  get mayRunAhead(): boolean {
    return this.groups.mayRunAhead;
  }

  submit(draw: number, most: number): number {
    const { position, steps } = this.groups.next(most);
    const readback = this.readbacks[this.submitted++ % this.readbacks.length];
    const out = new Uint32Array(this.programs.plan.texts * steps);
    this.runSteps(position, steps, draw, readback.target);
    this.groups.add(
      steps,
      readback.into(new Uint8Array(out.buffer)).then(() => out),
    );
    return steps;
  }

  take(): Promise<Uint32Array> {
    return this.groups.take();
  }

  drain(): Promise<void> {
    return this.groups.drain();
  }

  private runSteps(position: number, count: number, draw: number, into: GPUBuffer): void {
    const { gpu, rates } = this.engine;
    const { programs, stepTable } = this;
    for (let i = 0; i < count; i++) {
      const block = new DataView(this.stepBytes, i * STEP_BLOCK_BYTES, STEP_BLOCK_BYTES);
      programs.stepBlock(block, position + i, draw + i);
    }
    gpu.device.queue.writeBuffer(stepTable, 0, this.stepBytes, 0, count * STEP_BLOCK_BYTES);
    const stream = new CommandStream(gpu.device, rates);
    const bytes = 4 * programs.plan.texts;
    for (let i = 0; i < count; i++) {
      stream.copy(stepTable, i * STEP_BLOCK_BYTES, programs.stepBuffer, 0, STEP_BLOCK_BYTES);
      programs.step(position + i, stream);
      stream.copy(programs.tokens, 0, into, i * bytes, bytes);
    }
    stream.submit();
  }

  destroy(): void {
    this.programs.destroy();
    for (const readback of this.readbacks) readback.destroy();
    this.stepTable.destroy();
  }
}
