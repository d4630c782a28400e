// Reads safetensors: a little-endian u64 header length, a JSON header, then the tensors' bytes without holes.
// Source: github.com/huggingface/safetensors, README "Format". Every byte is hostile: sizes are checked before anything is
// allocated. It must not know which model the tensors belong to.

import { LabError } from '../core/errors';
import { decodeHalves } from '../core/halfFloats';
import { JsonNumber, JsonSyntaxError, type JsonValue, parseStrictJson } from './strictJson';
import { foreignFile } from './weightFileKind';

export type TensorDtype = 'F32' | 'F16' | 'BF16' | 'I32';

export interface SafeTensor {
  readonly dtype: TensorDtype;
  /** [] for a scalar. */
  readonly shape: readonly number[];
  /** A view into the file, little-endian, at any alignment. */
  readonly data: Uint8Array;
}

export interface SafetensorsFile {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the header's order. */
  readonly tensors: ReadonlyMap<string, SafeTensor>;
}

export interface ReadOptions {
  /** Names of tensors to check but leave out, whatever their dtype. */
  readonly skip?: (name: string) => boolean;
}

/** The format's own bound on the header. */
const MAX_HEADER_BYTES = 100_000_000;
/** 4 names and up to a few dims a tensor: room for about 30,000 tensors. */
const LIMITS = { maxDepth: 8, maxItems: 200_000 };
/** Bytes an element, of the format's whole-byte dtypes, in the order its own writer ranks them. */
export const DTYPE_BYTES: ReadonlyMap<string, number> = new Map([
  ['BOOL', 1],
  ['U8', 1],
  ['I8', 1],
  ['F8_E5M2', 1],
  ['F8_E4M3', 1],
  ['I16', 2],
  ['U16', 2],
  ['F16', 2],
  ['BF16', 2],
  ['I32', 4],
  ['U32', 4],
  ['F32', 4],
  ['F64', 8],
  ['I64', 8],
  ['U64', 8],
]);
const readable: ReadonlySet<string> = new Set<TensorDtype>(['F32', 'F16', 'BF16', 'I32']);

/**
 * The tensors of one file, as views: nothing of the data is copied.
 * @throws LabError `safetensors.invalid`, with the byte offset or the tensor's name
 */
export function readSafetensors(bytes: Uint8Array, options: ReadOptions = {}): SafetensorsFile {
  const headerEnd = checkedHeaderEnd(bytes);
  const dataBytes = bytes.byteLength - headerEnd;
  const header = parseHeader(bytes.subarray(8, headerEnd));
  const metadata = new Map<string, string>();
  const tensors = new Map<string, SafeTensor>();
  const ranges: { readonly name: string; readonly begin: number; readonly end: number }[] = [];
  for (const [name, entry] of header) {
    if (name === '__metadata__') {
      readMetadata(entry, metadata);
      continue;
    }
    const { dtype, shape, begin, end } = readEntry(name, entry, dataBytes);
    ranges.push({ name, begin, end });
    if (options.skip?.(name)) continue;
    if (!isReadable(dtype)) {
      throw invalid(
        `The tensor ${quoted(name)} has the type ${dtype}.`,
        'Only F32, F16, BF16 and I32 are read.',
        'Convert the weights to float32 first.',
      );
    }
    tensors.set(name, { dtype, shape, data: bytes.subarray(headerEnd + begin, headerEnd + end) });
  }
  checkCoverage(ranges, dataBytes);
  return { metadata, tensors };
}

function checkedHeaderEnd(bytes: Uint8Array): number {
  const foreign = foreignFile(bytes);
  if (foreign !== null) throw invalid(`This is ${foreign.kind}, not a safetensors file.`, undefined, foreign.advice);
  if (bytes.byteLength < 8) {
    throw invalid(
      `This is not a safetensors file (${bytes.byteLength} bytes).`,
      'One has at least 8 bytes of header length.',
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw invalid(
      'This is not a safetensors file: its header would be too large.',
      `It says ${length} bytes; at most ${MAX_HEADER_BYTES} are allowed.`,
    );
  }
  if (length > BigInt(bytes.byteLength - 8)) {
    throw invalid(
      'The file is cut short or not a safetensors file.',
      `Its header says ${length} bytes, ${bytes.byteLength - 8} are there.`,
      'Download it again.',
    );
  }
  return 8 + Number(length);
}

function parseHeader(bytes: Uint8Array): ReadonlyMap<string, JsonValue> {
  if (bytes[0] !== 0x7b) {
    const found = bytes.length === 0 ? 'nothing' : `0x${bytes[0].toString(16).padStart(2, '0')}`;
    throw invalid(
      'The header of the safetensors file is not JSON.',
      `It must begin with "{" at byte 8; ${found} is there.`,
    );
  }
  try {
    const header = parseStrictJson(bytes, LIMITS);
    if (isMap(header)) return header;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw invalid(
      'The header of the safetensors file cannot be read.',
      `${error.reason} at byte ${8 + error.byteOffset}`,
    );
  }
  throw invalid('The header of the safetensors file is not a JSON object.');
}

function readMetadata(entry: JsonValue, into: Map<string, string>): void {
  if (!isMap(entry)) throw invalid('__metadata__ of the safetensors file is not an object of strings.');
  for (const [name, value] of entry) {
    if (typeof value !== 'string')
      throw invalid(`__metadata__ ${quoted(name)} of the safetensors file is not a string.`);
    into.set(name, value);
  }
}

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

function readEntry(name: string, entry: JsonValue, dataBytes: number): Entry {
  if (!isMap(entry)) throw invalid(`The tensor ${quoted(name)} is not described by an object.`);
  for (const key of entry.keys()) {
    if (key !== 'dtype' && key !== 'shape' && key !== 'data_offsets') {
      throw invalid(`The tensor ${quoted(name)} has an unknown field ${quoted(key)}.`);
    }
  }
  const dtype = entry.get('dtype');
  const size = typeof dtype === 'string' ? DTYPE_BYTES.get(dtype) : undefined;
  if (typeof dtype !== 'string' || size === undefined) {
    const got = typeof dtype === 'string' ? quoted(dtype) : 'no type';
    throw invalid(`The tensor ${quoted(name)} has an unknown type: ${got}.`, 'Only F32, F16, BF16 and I32 are read.');
  }
  const shape = integers(name, 'shape', entry.get('shape'));
  const offsets = integers(name, 'data_offsets', entry.get('data_offsets'));
  if (offsets.length !== 2) throw invalid(`The tensor ${quoted(name)} has ${offsets.length} data_offsets; it needs 2.`);
  const [begin, end] = offsets;
  if (begin > end) throw invalid(`The tensor ${quoted(name)} begins at byte ${begin}, after its end at ${end}.`);
  if (end > dataBytes) {
    throw invalid(
      `The tensor ${quoted(name)} lies outside the file.`,
      `It ends at data byte ${end}; there are ${dataBytes}.`,
      'Download the file again.',
    );
  }
  let needed = size;
  for (const dim of shape) {
    needed *= dim;
    if (!Number.isSafeInteger(needed))
      throw invalid(`The tensor ${quoted(name)} is too large.`, `Its shape [${shape.join(', ')}] passes 2^53 bytes.`);
  }
  if (needed !== end - begin) {
    throw invalid(
      `The tensor ${quoted(name)} does not fill its range.`,
      `${dtype} [${shape.join(', ')}] needs ${needed} bytes; its data_offsets give ${end - begin}.`,
    );
  }
  return { dtype, shape, begin, end };
}

/** Plain whole numbers only: `-1`, `1.5`, `1e3` and `1.0` are refused, as the format's own reader does. */
function integers(name: string, field: string, value: JsonValue | undefined): readonly number[] {
  if (!Array.isArray(value)) throw invalid(`The tensor ${quoted(name)} has no list as ${field}.`);
  return value.map((item: JsonValue) => {
    const number = item instanceof JsonNumber && /^\d+$/.test(item.text) ? Number(item.text) : Number.NaN;
    if (!Number.isSafeInteger(number)) {
      const got = item instanceof JsonNumber ? item.text : typeof item;
      throw invalid(
        `The tensor ${quoted(name)} has a bad ${field}.`,
        `It holds ${got.slice(0, 40)}; only whole numbers from 0 to 2^53 - 1, written plainly, are taken.`,
      );
    }
    return number;
  });
}

/** The data is covered exactly once, from its first byte to its last. */
function checkCoverage(
  ranges: { readonly name: string; readonly begin: number; readonly end: number }[],
  dataBytes: number,
): void {
  ranges.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of ranges) {
    if (begin < covered)
      throw invalid(
        `The tensor ${quoted(name)} overlaps another.`,
        `It begins at data byte ${begin}; the one before ends at ${covered}.`,
      );
    if (begin > covered)
      throw invalid(
        `There is a hole before the tensor ${quoted(name)}.`,
        `Data bytes ${covered} to ${begin} belong to nothing.`,
      );
    covered = end;
  }
  if (covered < dataBytes)
    throw invalid(
      'There are bytes after the last tensor.',
      `The tensors end at data byte ${covered}; the file goes on to ${dataBytes}.`,
    );
}

/**
 * A tensor's values as float32, of shape product(shape): a view where dtype and alignment allow it, else a copy.
 * @throws LabError `safetensors.invalid` for I32
 */
export function tensorToFloat32(name: string, tensor: SafeTensor): Float32Array {
  const { dtype, data } = tensor;
  if (dtype === 'F16' || dtype === 'BF16') return decodeHalves(data, data.byteLength / 2, dtype);
  if (dtype === 'I32') throw invalid(`The tensor ${quoted(name)} holds whole numbers (I32), not weights.`);
  if (data.byteOffset % 4 === 0) return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
  return new Float32Array(data.slice().buffer);
}

/** An I32 tensor's values. @throws LabError `safetensors.invalid` for other types */
export function tensorToInt32(name: string, tensor: SafeTensor): Int32Array {
  if (tensor.dtype !== 'I32') throw invalid(`The tensor ${quoted(name)} is ${tensor.dtype}, not I32.`);
  return new Int32Array(tensor.data.slice().buffer);
}

/** How many values are NaN or infinite, judged on their bits. */
export function countNonFinite(values: Float32Array): number {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let count = 0;
  for (const bits of words) if ((bits & 0x7f80_0000) === 0x7f80_0000) count++;
  return count;
}

function isReadable(dtype: string): dtype is TensorDtype {
  return readable.has(dtype);
}

function isMap(value: JsonValue): value is ReadonlyMap<string, JsonValue> {
  return value instanceof Map;
}

/** A tensor's name for a message: in quotes, shortened. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 117)}...` : name);
}

/** A `safetensors.invalid` error. */
export function invalid(message: string, why?: string, advice?: string): LabError {
  return new LabError({
    code: 'safetensors.invalid',
    message,
    ...(why === undefined ? {} : { why }),
    ...(advice === undefined ? {} : { advice }),
  });
}
