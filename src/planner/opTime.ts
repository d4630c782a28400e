// The roofline: what one kernel costs on a device, by its operations, its bytes and its shape. Pure; it knows no model.

import { LabError } from '../core/errors';
import type { HardwareProfile, ProductPrecision } from './hardware';

/** count products of (m x k) by (k x n). */
export interface ProductShape {
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly count: number;
}

export function productFlops({ m, k, n, count }: ProductShape): number {
  return 2 * m * k * n * count;
}

/** @throws LabError `config.invalid` where the device has no such units */
export function peakFlopsPerMs({ peakTeraflops, name }: HardwareProfile, precision: ProductPrecision): number {
  const peak = peakTeraflops[precision];
  if (peak === undefined)
    throw new LabError({
      code: 'config.invalid',
      message: `${name} has no ${precision} products.`,
      advice: `precision takes ${Object.keys(peakTeraflops).join(' or ')} there.`,
    });
  return peak * 1e9;
}

const factorBytes: Readonly<Record<ProductPrecision, number>> = { f32: 4, bf16: 2, fp8: 1 };

/** Milliseconds; a short side leaves part of the device idle, as `productHalfWidth` says. Results are written in 16 bits, or in 32. */
export function productMs(hardware: HardwareProfile, precision: ProductPrecision, shape: ProductShape): number {
  const { m, k, n, count } = shape;
  const { product, productHalfWidth, memory } = hardware.efficiency;
  const shortest = Math.min(m, k, n);
  const reach = product[precision] * (shortest / (shortest + productHalfWidth));
  const workMs = productFlops(shape) / (peakFlopsPerMs(hardware, precision) * reach);
  const bytes = count * ((m * k + k * n) * factorBytes[precision] + m * n * (precision === 'f32' ? 4 : 2));
  const moveMs = bytes / (hardware.memoryGigabytesPerSecond * 1e6 * memory);
  return Math.max(workMs, moveMs) + hardware.launchUs / 1e3;
}

/** Milliseconds of element-wise kernels that read and write `bytes`. */
export function streamMs(hardware: HardwareProfile, bytes: number): number {
  return bytes / (hardware.memoryGigabytesPerSecond * 1e6 * hardware.efficiency.memory);
}

/** Milliseconds of fused attention; its products run in 16 bits where the device has them. */
export function fusedAttentionMs(hardware: HardwareProfile, precision: ProductPrecision, flops: number): number {
  const inner: ProductPrecision = precision === 'fp8' ? 'bf16' : precision;
  return flops / (peakFlopsPerMs(hardware, inner) * hardware.efficiency.attention) + hardware.launchUs / 1e3;
}
