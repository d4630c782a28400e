// Writes safetensors files: deterministic, so that an export of the same weights has the same bytes.
// The format is described in safetensors.ts. It must not know which model the tensors belong to.

import { DTYPE_BYTES, invalid, quoted, type SafeTensor } from './safetensors';

const DTYPE_RANK = [...DTYPE_BYTES.keys()];

/**
 * One file, the same bytes for the same content: tensors ordered by type and name as the format's own writer does,
 * the header padded with spaces to a multiple of 8.
 * @throws LabError `safetensors.invalid` where a shape does not match its bytes
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, SafeTensor>,
  metadata: ReadonlyMap<string, string> = new Map([['format', 'pt']]),
): Uint8Array {
  const ordered = [...tensors].sort(
    ([nameA, a], [nameB, b]) => DTYPE_RANK.indexOf(b.dtype) - DTYPE_RANK.indexOf(a.dtype) || compareUtf8(nameA, nameB),
  );
  const entries: string[] = [];
  if (metadata.size > 0) {
    const pairs = [...metadata]
      .sort(([a], [b]) => compareUtf8(a, b))
      .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    entries.push(`"__metadata__":{${pairs.join(',')}}`);
  }
  let total = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    const needed = shape.reduce((product, dim) => product * dim, DTYPE_BYTES.get(dtype) ?? 0);
    if (needed !== data.byteLength || name === '__metadata__') {
      throw invalid(
        `The tensor ${quoted(name)} cannot be written.`,
        `${dtype} [${shape.join(', ')}] needs ${needed} bytes, has ${data.byteLength}.`,
      );
    }
    entries.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [total, total + needed] })}`);
    total += needed;
  }
  const header = new TextEncoder().encode(`{${entries.join(',')}}`);
  const headerBytes = Math.ceil(header.byteLength / 8) * 8;
  const out = new Uint8Array(8 + headerBytes + total);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes), true);
  out.fill(0x20, 8, 8 + headerBytes);
  out.set(header, 8);
  let at = 8 + headerBytes;
  for (const [, { data }] of ordered) {
    out.set(data, at);
    at += data.byteLength;
  }
  return out;
}

/** Float32 values as a tensor to write; no copy. The lab runs on little-endian machines only, as WebGPU does. */
export function float32Tensor(shape: readonly number[], values: Float32Array): SafeTensor {
  return { dtype: 'F32', shape, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** Order of the names' UTF-8 bytes, which is that of their code points. */
function compareUtf8(a: string, b: string): number {
  const left = new TextEncoder().encode(a);
  const right = new TextEncoder().encode(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) if (left[i] !== right[i]) return left[i] - right[i];
  return left.length - right.length;
}
