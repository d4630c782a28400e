// A quantised model's parameters on the device: codes and scales each in one buffer, and an arena without the weights that they stand for. It only
// holds; what reads it is lowered with `quantized`.

import type { ArenaLayout } from '../core/arena';
import { LabError } from '../core/errors';
import type { QuantizedModel } from '../core/quantization/quantizedModel';
import { type QuantizedLayout, quantizedLayout, scaleCount, scaleStride, wordCount } from '../core/quantization/scheme';
import { bufferBytes } from '../gpu/bufferBytes';
import type { GpuDevice } from '../gpu/device';
import { byteLength, type Tensor } from '../gpu/graph';
import type { BufferRange } from '../gpu/program';
import { type QuantizedWeights, quantizedNames } from '../gpu/quantizedWeights';
import { RankMemory } from '../gpu/rankMemory';
import type { ParameterStore } from './parameterStore';
import { type ProductWeight, partsOf } from './quantizedModel';

/** Bytes: WebGPU binds at multiples of 256. */
const ALIGNMENT = 256;

interface Packed {
  readonly layout: QuantizedLayout;
  readonly words: Uint32Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** The codes of a weight's parts beneath each other, and the scales of each group side by side. */
function pack(weight: ProductWeight, layout: ArenaLayout, { scheme, quantized }: QuantizedModel): Packed {
  const { outputs, inputs } = weight;
  const whole = quantizedLayout(outputs, inputs, scheme);
  const words = new Uint32Array(wordCount(whole));
  const scales = new Float32Array(scaleCount(whole));
  let row = 0;
  for (const { name } of partsOf(weight, layout)) {
    const part = quantized.get(name);
    if (!part || part.layout.inputs !== inputs)
      throw new LabError({ code: 'model.mismatch', message: `The quantised model has no codes for ${name}.` });
    words.set(part.words, row * 4 * whole.vectors);
    const own = part.layout.outputs;
    for (let group = 0; group < whole.groups; group++) {
      const from = group * scaleStride(own);
      scales.set(part.scales.subarray(from, from + own), group * scaleStride(outputs) + row);
    }
    row += own;
  }
  return { layout: whole, words, scales };
}

/** Where an arena's elements stand once the weights in fewer bits are taken out of it. */
function withoutWeights(layout: ArenaLayout, weights: readonly ProductWeight[]) {
  const starts = [...layout.entries.values()].map(({ offset }) => offset).sort((a, b) => a - b);
  const removed = weights.map(({ offset, outputs, inputs }) => {
    const end = offset + outputs * inputs;
    // Up to where the next parameter starts, its alignment with it.
    return { offset, length: (starts.find((start) => start >= end) ?? layout.length) - offset };
  });
  const gone = removed.reduce((sum, { length }) => sum + length, 0);
  return {
    length: layout.length - gone,
    offsetOf: (offset: number): number =>
      removed.reduce((left, hole) => (hole.offset < offset ? left - hole.length : left), offset),
  };
}

export class QuantizedParameters implements ParameterStore {
  private constructor(
    private readonly memory: RankMemory,
    private readonly offsetOf: (offset: number) => number,
    private readonly ranges: ReadonlyMap<string, BufferRange>,
    readonly quantized: QuantizedWeights,
  ) {}

  /**
   * @param dot products take activations in 8 bits too
   * @throws LabError `gpu.limit`, `gpu.outOfMemory`, `model.mismatch` where codes are missing
   */
  static async allocate(
    gpu: GpuDevice,
    layout: ArenaLayout,
    weights: readonly ProductWeight[],
    model: QuantizedModel,
    dot: boolean,
  ): Promise<QuantizedParameters> {
    const { length, offsetOf } = withoutWeights(layout, weights);
    const layouts = new Map(
      weights.map(({ offset, outputs, inputs }) => [offset, quantizedLayout(outputs, inputs, model.scheme)]),
    );
    const bytesOf = (count: (layout: QuantizedLayout) => number): number =>
      [...layouts.values()].reduce((sum, each) => sum + aligned(4 * count(each)), 0);
    const memory = await RankMemory.allocate(gpu, {
      arenas: { parameters: length, gradients: 0, moment1: 0, moment2: 0 },
      named: [
        { name: 'codes', bytes: bytesOf(wordCount), kind: 'parameters' },
        { name: 'scales', bytes: bytesOf(scaleCount), kind: 'parameters' },
      ],
      slotBytes: [],
      uniformBytes: 0,
    });
    const { queue } = gpu.device;
    const ranges = new Map<string, BufferRange>();
    const at = { codes: 0, scales: 0 };
    const put = (
      into: 'codes' | 'scales',
      name: string,
      values: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
    ) => {
      const buffer = memory.buffer(into);
      queue.writeBuffer(buffer, at[into], values);
      ranges.set(name, { buffer, offset: at[into], size: bufferBytes(values.byteLength) });
      at[into] += aligned(values.byteLength);
    };
    for (const weight of weights) {
      const { words, scales } = pack(weight, layout, model);
      put('codes', quantizedNames.codes(weight.offset), words);
      put('scales', quantizedNames.scales(weight.offset), scales);
    }
    for (const [name, values] of model.plain) {
      const entry = layout.entries.get(name);
      if (entry) queue.writeBuffer(memory.arena('parameters'), 4 * offsetOf(entry.offset), Float32Array.from(values));
    }
    return new QuantizedParameters(memory, offsetOf, ranges, { layouts, dot });
  }

  /** Bytes on the device. */
  get liveBytes(): number {
    return this.memory.liveBytes;
  }

  place({ storage, label, ...tensor }: Tensor): BufferRange | null {
    if (storage.kind === 'named') return this.ranges.get(storage.name) ?? null;
    if (storage.kind !== 'arena') return null;
    if (this.quantized.layouts.has(storage.offset))
      throw new LabError({ code: 'internal', message: `${label} is read in float32, but it has only codes` });
    const size = bufferBytes(byteLength({ ...tensor, storage, label }));
    return { buffer: this.memory.arena('parameters'), offset: 4 * this.offsetOf(storage.offset), size };
  }

  destroy(): void {
    this.memory.destroy();
  }
}
