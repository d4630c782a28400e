// Writes safetensors files: deterministic, so that an export of the same weights has the same bytes.
// The format is described in safetensors.ts. It must not know which model the tensors belong to.

import { LabError } from '../core/errors';
import type { FloatDtype } from '../core/exportOptions';
import { toBfloat16, toHalves } from '../core/halfFloats';
import { countNonFinite, DTYPE_BYTES, invalid, quoted, type SafeTensor } from './safetensors';

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

/**
 * Float32 values, product(shape) of them, rounded to a type to write; F32 is not copied.
 * @throws LabError `safetensors.invalid` where a finite value lies outside the type: it would be written as infinite
 */
export function floatTensor(
  name: string,
  shape: readonly number[],
  values: Float32Array,
  dtype: FloatDtype,
): SafeTensor {
  if (dtype === 'F32') return float32Tensor(shape, values);
  const rounded = dtype === 'F16' ? toHalves(values) : toBfloat16(values);
  const tensor: SafeTensor = { dtype, shape, data: new Uint8Array(rounded.buffer) };
  const lost = countOverflow(values, rounded, dtype === 'F16' ? 0x7c00 : 0x7f80);
  if (lost === 0) return tensor;
  throw new LabError({
    code: 'safetensors.invalid',
    message: `${dtype} cannot hold the tensor ${quoted(name)}.`,
    why: `${lost} of its ${values.length} values are larger than ${dtype === 'F16' ? '65,504' : '3.39e38'}.`,
    advice: dtype === 'F16' ? 'Take BF16 or F32.' : 'Take F32.',
  });
}

/** Values that were finite and became infinite. `exponent`: the type's exponent bits, all of them set where a value is not finite. */
function countOverflow(values: Float32Array, rounded: Uint16Array, exponent: number): number {
  let nonFinite = 0;
  for (const bits of rounded) if ((bits & exponent) === exponent) nonFinite++;
  return nonFinite === 0 ? 0 : nonFinite - countNonFinite(values);
}

/** Order of the names' UTF-8 bytes, which is that of their code points. */
function compareUtf8(a: string, b: string): number {
  const left = new TextEncoder().encode(a);
  const right = new TextEncoder().encode(b);
  for (let i = 0; i < Math.min(left.length, right.length); i++) if (left[i] !== right[i]) return left[i] - right[i];
  return left.length - right.length;
}
