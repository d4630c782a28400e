// Runs a small graph of operations through Trace, memory plan and Program on the device, and reads back what it left: kept outputs, gradients of
// parameters, named buffers. Gradients of other inputs come through a leaf: a parameter plus zero. Test-only.

import { type ArenaParameter, layoutArena } from '../core/arena';
import { CommandStream } from '../gpu/commandStream';
import type { GpuDevice } from '../gpu/device';
import { byteLength, type ElementType, elementCount, type ProgramCall, type Tensor } from '../gpu/graph';
import type { KernelChoices } from '../gpu/kernelChoices';
import { planMemory } from '../gpu/memoryPlan';
import type { PipelineCache } from '../gpu/pipelineCache';
import { Program, valuesOf } from '../gpu/program';
import { RankMemory } from '../gpu/rankMemory';
import { readBuffer } from '../gpu/readback';
import { STEP_BLOCK_BYTES, type StepValues, writeStepBlock } from '../gpu/stepBlock';
import { Trace } from '../gpu/trace';

/** Values of an input with its shape. */
export interface Values {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** What a graph is built with: every tensor it takes from outside. */
export interface GraphInputs {
  readonly trace: Trace;
  /** A parameter itself: its gradient adds up in the arena. */
  readonly parameter: (name: string) => Tensor;
  /** A parameter's values as an activation: its gradient is written where it is the first. */
  readonly leaf: (name: string) => Tensor;
  readonly named: (name: string) => Tensor;
}

export interface GraphRun {
  readonly parameters: Readonly<Record<string, Values>>;
  readonly named?: Readonly<
    Record<string, { readonly type: ElementType; readonly values: Float32Array | Uint32Array | Int32Array }>
  >;
  /** Tensors to read back, applied with `keep`; those with a `seed` of the same name get it as their gradient. */
  readonly build: (inputs: GraphInputs) => Readonly<Record<string, Tensor>>;
  readonly seeds: Readonly<Record<string, Float64Array>>;
  readonly step?: StepValues;
}

export interface GraphResult {
  readonly outputs: ReadonlyMap<string, Float32Array>;
  readonly gradients: ReadonlyMap<string, Float32Array>;
  readonly named: ReadonlyMap<string, Float32Array>;
  readonly calls: readonly ProgramCall[];
}

const RATES = { flopsPerMs: 1e6, bytesPerMs: 1e6, dispatchMs: 0.02 };
const STEP: StepValues = {
  seed: 7,
  step: 1,
  firstRow: 0,
  position: 0,
  learningRate: 0,
  inverseTokens: 1,
  beta1: 0,
  beta2: 0,
};

export async function runTrace(
  gpu: GpuDevice,
  cache: PipelineCache,
  choices: KernelChoices,
  run: GraphRun,
): Promise<GraphResult> {
  const layout = layoutArena(
    Object.entries(run.parameters).map(
      ([name, { shape }]): ArenaParameter => ({ name, shape, decay: false, hiddenMatrix: false }),
    ),
  );
  const trace = new Trace(layout);
  const named = new Map<string, Tensor>();
  for (const [name, { type, values }] of Object.entries(run.named ?? {}))
    named.set(name, trace.named(name, [values.length], type));
  const outputs = run.build({
    trace,
    parameter: (name) => trace.parameter(name),
    leaf: (name) => {
      const a = trace.parameter(name);
      const zeros = trace.named(`zeros of ${name}`, a.shape, 'f32');
      named.set(`zeros of ${name}`, zeros);
      return trace.apply('add', { a, b: zeros }, {}).c;
    },
    named: (name) => {
      const tensor = named.get(name);
      if (!tensor) throw new RangeError(`the graph has no named buffer ${name}`);
      return tensor;
    },
  });
  const seeds = Object.entries(run.seeds).map(([name, values]) => {
    const gradient = trace.named(`seed of ${name}`, outputs[name].shape, 'f32');
    if (values.length !== elementCount(gradient.shape)) throw new RangeError(`the seed of ${name} has another length`);
    named.set(`seed of ${name}`, gradient);
    return { output: outputs[name], gradient };
  });
  const calls = trace.lower(choices, cache.catalog, { differentiate: 'whole', seeds }).calls;
  const plan = { calls, memory: planMemory(calls) };
  const memory = await RankMemory.allocate(gpu, {
    arenas: { parameters: layout.length, gradients: layout.length, moment1: 0, moment2: 0 },
    named: [...named].map(([name, tensor]) => ({ name, bytes: byteLength(tensor), kind: 'inputs' })),
    slotBytes: plan.memory.slotBytes,
    uniformBytes: 0,
  });
  const { device } = gpu;
  const stepBuffer = device.createBuffer({ size: 256, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  try {
    const slots = plan.memory.slotBytes.map((_, slot) => slot);
    const program = await Program.build(gpu, cache, memory, plan, slots, stepBuffer);
    const bytes = new DataView(new ArrayBuffer(STEP_BLOCK_BYTES));
    writeStepBlock(bytes, run.step ?? STEP);
    device.queue.writeBuffer(stepBuffer, 0, bytes.buffer);
    for (const [name, { offset }] of layout.entries) {
      const { values } = run.parameters[name];
      device.queue.writeBuffer(memory.arena('parameters'), 4 * offset, Float32Array.from(values));
    }
    for (const [name, { values }] of Object.entries(run.named ?? {}))
      device.queue.writeBuffer(memory.buffer(name), 0, values.slice());
    for (const [name, values] of Object.entries(run.seeds))
      device.queue.writeBuffer(memory.buffer(`seed of ${name}`), 0, Float32Array.from(values));
    const stream = new CommandStream(device, RATES);
    stream.run(program.segment('forward'));
    stream.run(program.segment('backward'));
    stream.submit();

    const read = (tensor: Tensor): Promise<Float32Array> => {
      const { buffer, offset, size } = valuesOf(memory, plan, slots, tensor);
      return readBuffer(device, buffer, offset, size);
    };
    const result = {
      outputs: new Map<string, Float32Array>(),
      gradients: new Map<string, Float32Array>(),
      named: new Map<string, Float32Array>(),
      calls,
    };
    for (const [name, tensor] of Object.entries(outputs)) result.outputs.set(name, await read(tensor));
    for (const [name, { offset, length }] of layout.entries)
      result.gradients.set(name, await readBuffer(device, memory.arena('gradients'), 4 * offset, 4 * length));
    for (const [name, tensor] of named) result.named.set(name, await read(tensor));
    program.destroy();
    return result;
  } finally {
    memory.destroy();
    stepBuffer.destroy();
  }
}
