// How large a buffer or a binding is made for what it holds. Pure.

/** Whole vectors of 16 bytes, since shaders read and write them so, and never empty, which WebGPU refuses to bind. */
export function bufferBytes(bytes: number): number {
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}
