// Where a step's numbers stand in the array `metrics`: written by sum_rows and gradient_norm_finish, read by the optimisers.
// The WGSL uses the same indices as literals; this is where they are explained.

export const metricsLayout = {
  /** Nats a token over the global batch: sum_rows with offset 0. */
  loss: 0,
  /** Global L2 norm of the gradients before clipping, over finite elements. */
  norm: 1,
  /** Count of NaN and infinite gradient elements (exact up to 2^24); above 0 the optimisers change nothing. */
  nonFinite: 2,
  /** min(1, maxNorm / (norm + 1e-6)), 1 where clipping is off. */
  clipScale: 3,
} as const;

/** Elements of `metrics`. */
export const METRICS_LENGTH = 4;
