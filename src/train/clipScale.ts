// What gradients are multiplied by so that their global norm is at most a bound. Pure.

/** Added to the norm before dividing, as PyTorch's clip_grad_norm_ does. */
const CLIP_EPSILON = 1e-6;

/** @param clipNorm 0: no bound */
export function clipScale(norm: number, clipNorm: number): number {
  return clipNorm === 0 ? 1 : Math.min(1, clipNorm / (norm + CLIP_EPSILON));
}
