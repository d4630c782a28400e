// target += source for float32 arrays, and whether they are finite: a plain loop, or four lanes at a time in WebAssembly where a rank turned that on.
// Both round each sum to float32 once, so they give the same bits, and ranks may differ in which they use.
// It must not try WebAssembly unasked: a page whose policy forbids it (script-src without 'wasm-unsafe-eval') logs an error.
//
// Why not the loop alone: once a worker has transferred any buffer, V8 asks before every access to any typed array whether its buffer
// was detached. Measured (Node 20, 1 MiB): the loop takes 0.33 ms before the first transfer and 0.86 ms ever after; this, copies into
// and out of WebAssembly's memory included, 0.14 ms.

/** Values a turn; both operands of one turn stay in a core's first cache. */
const BLOCK = 4_096;
const PAGE_BYTES = 65_536;

/**
 * (memory (export "m") 2)
 * (func (export "a") (param $end i32) (local $i i32)
 *   loop  m[$i..] = m[$i..] f32x4.add m[$i + 65536..];  $i += 16;  br_if ($i < $end)  end)
 */
// biome-ignore format: one section of the module a line
const moduleBytes = new Uint8Array([
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 5, 1, 0x60, 1, 0x7f, 0, // type (i32) -> ()
  3, 2, 1, 0, // one function of it
  5, 3, 1, 0, 2, // memory of two pages
  7, 9, 2, 1, 0x6d, 2, 0, 1, 0x61, 0, 0, // exports m and a
  0x0a, 0x2c, 1, 0x2a, 1, 1, 0x7f, 3, 0x40, // code: local i32, loop
  0x20, 1, // address of the store
  0x20, 1, 0xfd, 0, 4, 0, // v128.load $i
  0x20, 1, 0xfd, 0, 4, 0x80, 0x80, 4, // v128.load $i offset=65536
  0xfd, 0xe4, 1, 0xfd, 0x0b, 4, 0, // f32x4.add, v128.store
  0x20, 1, 0x41, 0x10, 0x6a, 0x22, 1, 0x20, 0, 0x49, 0x0d, 0, 0x0b, 0x0b,
]);

interface Adder {
  /** First operand and result; second operand. */
  readonly left: Float32Array;
  readonly right: Float32Array;
  /** Adds the first `bytes` of both. */
  readonly add: (bytes: number) => void;
}

let adder: Adder | null = null;

/** From now on this thread adds in WebAssembly. @returns whether it can. Call it only where the page's policy admits WebAssembly. */
export function enableVectorSums(): boolean {
  adder ??= createAdder();
  return adder !== null;
}

/** target[i] = float32(target[i] + source[i]); both of one length. */
export function addInto(target: Float32Array, source: Float32Array): void {
  if (adder === null) addByLoop(target, source);
  else addByVectors(adder, target, source);
}

function addByVectors({ left, right, add }: Adder, target: Float32Array, source: Float32Array): void {
  const length = target.length;
  for (let start = 0; start < length; start += BLOCK) {
    const end = Math.min(start + BLOCK, length);
    left.set(target.subarray(start, end));
    right.set(source.subarray(start, end));
    // Up to three lanes beyond the end add what is left there, and are not read.
    add(4 * (end - start));
    target.set(left.subarray(0, end - start), start);
  }
}

/** The same, slower. */
export function addByLoop(target: Float32Array, source: Float32Array): void {
  const length = target.length;
  const whole = length - (length % 4);
  // Four a turn: the loop's bookkeeping costs as much as one addition.
  for (let i = 0; i < whole; i += 4) {
    target[i] += source[i];
    target[i + 1] += source[i + 1];
    target[i + 2] += source[i + 2];
    target[i + 3] += source[i + 3];
  }
  for (let i = whole; i < length; i++) target[i] += source[i];
}

/**
 * How many values are NaN or infinite. Values are folded onto each other first, which NaN and infinity survive: counting one by one, which
 * costs twice as much, is left for where something was found (or finite values of 1e34 and more added up to infinity).
 */
export function countNonFinite(values: Float32Array): number {
  if (adder !== null && foldsToFinite(adder, values)) return 0;
  let count = 0;
  for (const value of values) if (!Number.isFinite(value)) count++;
  return count;
}

function foldsToFinite({ left, right, add }: Adder, values: Float32Array): boolean {
  left.fill(0);
  for (let start = 0; start < values.length; start += BLOCK) {
    const block = values.subarray(start, start + BLOCK);
    right.set(block);
    add(4 * block.length);
  }
  // What the last, shorter block left beyond its end in `right` may have been added once more to three lanes: it changes no answer.
  return left.every(Number.isFinite);
}

function createAdder(): Adder | null {
  try {
    // 200 bytes compile in microseconds: no need to wait for a promise.
    const { m, a } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes)).exports;
    if (!(m instanceof WebAssembly.Memory) || typeof a !== 'function') return null;
    return {
      left: new Float32Array(m.buffer, 0, BLOCK),
      right: new Float32Array(m.buffer, PAGE_BYTES, BLOCK),
      add: (bytes) => {
        a(bytes);
      },
    };
  } catch {
    return null;
  }
}
