// Buffers that messages came in, kept to send the next ones in: fresh memory costs more than the copy into it. One pool a rank.
// It must not hand out a buffer that somebody still reads: only who owns an array gives it back, once.

/** Buffers hold a multiple of this many values, so that parts that differ by one element share them. */
const GRAIN = 256;
/** More of one size are not kept: ranks that only receive would hoard. */
const KEPT_PER_SIZE = 32;

export class BufferPool {
  private readonly free = new Map<number, ArrayBuffer[]>();

  /** An array of `length` values with a buffer of its own; what is in it is undefined. */
  take(length: number): Float32Array<ArrayBuffer> {
    const bytes = 4 * GRAIN * Math.ceil(length / GRAIN);
    const buffer = this.free.get(bytes)?.pop();
    return new Float32Array(buffer ?? new ArrayBuffer(bytes), 0, length);
  }

  copy(values: Float32Array): Float32Array<ArrayBuffer> {
    const out = this.take(values.length);
    out.set(values);
    return out;
  }

  /** Takes the array's whole buffer, whichever its size; the array must not be used any more. */
  give({ buffer }: Float32Array): void {
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength === 0 || buffer.byteLength % (4 * GRAIN) !== 0) return;
    const list = this.free.get(buffer.byteLength);
    if (list === undefined) this.free.set(buffer.byteLength, [buffer]);
    else if (list.length < KEPT_PER_SIZE) list.push(buffer);
  }
}
