// The 32 bytes that change from step to step, as shaders/include/step.wgsl declares them.

export interface StepValues {
  readonly seed: number;
  /** 1 for the first optimiser step. */
  readonly step: number;
  /** The micro-batch's first sequence, counted over the global batch: dropout masks are a function of it. */
  readonly firstRow: number;
  /** Row to read in generation. */
  readonly position: number;
  readonly learningRate: number;
  /** 1 / valid tokens of the global batch. */
  readonly inverseTokens: number;
  readonly beta1: number;
  readonly beta2: number;
}

export const STEP_BLOCK_BYTES = 32;

/** Writes `values` into `out` (32 bytes); bias corrections are 1 - beta^step (Kingma & Ba 2015, algorithm 1). */
export function writeStepBlock(out: DataView, values: StepValues): void {
  out.setUint32(0, values.seed, true);
  out.setUint32(4, values.step, true);
  out.setUint32(8, values.firstRow, true);
  out.setUint32(12, values.position, true);
  out.setFloat32(16, values.learningRate, true);
  out.setFloat32(20, values.inverseTokens, true);
  out.setFloat32(24, 1 - values.beta1 ** Math.max(1, values.step), true);
  out.setFloat32(28, 1 - values.beta2 ** Math.max(1, values.step), true);
}
