// Runs of elements of an arena on the GPU: where to read them, and how packed values get into them.

import type { Span } from '../core/partition';
import type { BufferRange } from '../gpu/program';

export function rangesOf(arena: GPUBuffer, spans: readonly Span[]): BufferRange[] {
  return spans.map(({ start, length }) => ({ buffer: arena, offset: 4 * start, size: 4 * length }));
}

/** @param packed values of `spans`, one after another */
export function writeSpans(queue: GPUQueue, arena: GPUBuffer, spans: readonly Span[], packed: Float32Array): void {
  let at = 0;
  for (const { start, length } of spans) {
    queue.writeBuffer(arena, 4 * start, packed, at, length);
    at += length;
  }
}
