// Whether a file is the one that was read before: a checksum of all of it, or of samples where it is large. Pure but for the reading.

import { sha256 } from './shards/splitWriter';
import type { ByteSource } from './source/byteSource';

/** Up to this size every byte counts. */
const WHOLE_BYTES = 16 * 1024 * 1024;
const SAMPLES = 64;
const SAMPLE_BYTES = 64 * 1024;

/** SHA-256 in hexadecimal. @throws LabError `data.invalid` where it cannot be read */
export async function sourceSum({ size, read }: Pick<ByteSource, 'size' | 'read'>): Promise<string> {
  if (size <= WHOLE_BYTES) return sha256(await read(0, size));
  const samples = new Uint8Array(SAMPLES * SAMPLE_BYTES);
  for (let i = 0; i < SAMPLES; i++) {
    // The first at the start, the last at the end.
    const start = Math.floor(((size - SAMPLE_BYTES) * i) / (SAMPLES - 1));
    samples.set(await read(start, start + SAMPLE_BYTES), i * SAMPLE_BYTES);
  }
  return sha256(samples);
}
