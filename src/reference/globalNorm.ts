// The global L2 norm of all gradients and the clip that follows from it, in float64, as PyTorch's clip_grad_norm_ does it.
// One norm over everything: never a norm per tensor.

/** Square root of the sum of squares over all arrays; 0 for none. */
export function globalNorm(gradients: Iterable<Float64Array>): number {
  let squares = 0;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) squares += gradient[i] * gradient[i];
  return Math.sqrt(squares);
}

/** min(1, maxNorm / (norm + 1e-6)); 1 where maxNorm is 0, which turns clipping off. Source: Pascanu et al. 2013, algorithm 1. */
export function clipCoefficient(norm: number, maxNorm: number): number {
  return maxNorm === 0 ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
}

/** out[i] = gradient[i] * coefficient. */
export function clip(gradient: Float64Array, coefficient: number): Float64Array {
  return gradient.map((g) => g * coefficient);
}
