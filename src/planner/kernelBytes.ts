// Bytes that element-wise kernels read and write in the device's memory, for each value of 16 bits that they produce: counted by hand on the kernels
// of PyTorch (eager) and on what a fusing compiler makes of them. Constants; layerCosts.ts multiplies.

/** Forward and backward, bytes a value. */
export interface KernelBytes {
  readonly forward: number;
  readonly backward: number;
}

export interface LayerKernels {
  /** LayerNorm is one kernel everywhere. */
  readonly layerNorm: KernelBytes;
  /** Eagerly a chain in f32: to f32, square, mean, scale, back, weight. */
  readonly rmsNorm: KernelBytes;
  /** Onto the residual stream, with dropout's mask where it is trained with. */
  readonly add: KernelBytes;
  /** Of a value of queries or keys. */
  readonly rotate: KernelBytes;
  /** Splitting, transposing and repeating queries, keys and values. */
  readonly layout: KernelBytes;
  readonly gelu: KernelBytes;
  /** SiLU of one product times the other. */
  readonly gate: KernelBytes;
}

export const eagerKernels: LayerKernels = {
  layerNorm: { forward: 4, backward: 10 },
  rmsNorm: { forward: 32, backward: 50 },
  add: { forward: 6, backward: 6 },
  rotate: { forward: 24, backward: 24 },
  layout: { forward: 4, backward: 4 },
  gelu: { forward: 4, backward: 6 },
  gate: { forward: 10, backward: 18 },
};

export const fusedKernels: LayerKernels = {
  layerNorm: { forward: 4, backward: 10 },
  rmsNorm: { forward: 4, backward: 10 },
  add: { forward: 4, backward: 4 },
  rotate: { forward: 4, backward: 4 },
  layout: { forward: 4, backward: 4 },
  gelu: { forward: 4, backward: 6 },
  gate: { forward: 6, backward: 10 },
};

/** Of a score where attention is not fused: softmax with scale and mask, then dropout with its mask. Their products count their own. */
export const scoreBytes: KernelBytes = { forward: 9, backward: 11 };

/** Of a logit: to f32 and the logarithm of the softmax; its gradient and back to 16 bits. */
export const logitBytes: KernelBytes = { forward: 14, backward: 20 };

/** Looking up and scattering an embedding's value. */
export const embeddingBytes: KernelBytes = { forward: 6, backward: 8 };

/** Of a factor of an fp8 product: its largest value is looked for, then it is read and written in 8 bits. */
export const castBytes = 5;

/** Of a weight, for each further micro-batch: the new gradient is read, the sum in f32 read and written. */
export const accumulateBytes = 10;
