// The wire format of protocol buffers, as far as an ONNX file needs it: varints, 32-bit floats and length-delimited
// fields. It writes and knows no schema. Source: protobuf.dev/programming-guides/encoding.

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const text = new TextEncoder();

/** Base-128 digits, least significant first; a negative number is its 64-bit two's complement, so it takes 10 bytes. */
function varint(value: number | bigint): number[] {
  const digits: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    digits.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  digits.push(Number(rest));
  return digits;
}

/** One message that is being written; fields stand in the file in the order of the calls. */
export class Message {
  private readonly parts: Uint8Array[] = [];
  private length = 0;

  private add(part: Uint8Array): this {
    this.parts.push(part);
    this.length += part.length;
    return this;
  }

  private tag(field: number, wireType: number, ...after: number[]): this {
    return this.add(Uint8Array.from([...varint((field << 3) | wireType), ...after]));
  }

  /** int32, int64 or an enum. */
  int(field: number, value: number | bigint): this {
    return this.tag(field, VARINT, ...varint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.tag(field, FIXED_32, ...bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.tag(field, LENGTH_DELIMITED, ...varint(value.length)).add(value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, text.encode(value));
  }

  message(field: number, value: Message): this {
    this.tag(field, LENGTH_DELIMITED, ...varint(value.length));
    for (const part of value.parts) this.add(part);
    return this;
  }

  /** Numbers of a repeated field of integers, packed into one. */
  packed(field: number, values: readonly (number | bigint)[]): this {
    return this.bytes(field, Uint8Array.from(values.flatMap((value) => varint(value))));
  }

  finish(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}
