// Decompresses gzip as it streams by. A gzip file may have several members, one behind another (RFC 1952, section 2.2), as `cat` and many tools
// make them; the browser's decompressor takes one and calls the next one junk. So the members are told apart here. Pure.

import { LabError } from '../../../core/errors';

type Bytes = Uint8Array<ArrayBuffer>;

const HEADER_BYTES = 10;

/** @throws LabError `data.invalid` where it is broken or cut off */
export async function* gzipBytes(name: string, chunks: AsyncGenerator<Bytes>): AsyncGenerator<Bytes> {
  const parts = memberParts(chunks);
  let more = true;
  while (more) {
    more = false;
    const member = new ReadableStream<Bytes>({
      async pull(controller) {
        const { done, value } = await parts.next();
        more = done !== true && value === null;
        if (done === true || value === null) controller.close();
        else controller.enqueue(value);
      },
    });
    yield* decompressed(name, member);
  }
}

async function* decompressed(name: string, member: ReadableStream<Bytes>): AsyncGenerator<Bytes> {
  const reader = member.pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } catch (cause) {
    if (cause instanceof LabError) throw cause;
    throw new LabError(
      {
        code: 'data.invalid',
        message: `${name} could not be decompressed to its end.`,
        why: 'It is cut off, or something in it is broken.',
        advice: 'Get or compress it anew, or leave it out.',
      },
      { cause },
    );
  } finally {
    // Whoever stops early lets the decompressor go.
    await reader.cancel().catch(() => undefined);
  }
}

/** The bytes again, and null between two members. */
export async function* memberParts(chunks: AsyncIterable<Bytes>): AsyncGenerator<Bytes | null> {
  let rest: Bytes = new Uint8Array();
  let begun = false;
  for await (const chunk of chunks) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    let from = 0;
    let at = bytes.indexOf(0x1f, begun ? 0 : 1);
    // What may be the start of a header waits for the rest of it.
    for (; at >= 0 && at + HEADER_BYTES <= bytes.length; at = bytes.indexOf(0x1f, at + 1)) {
      if (!isHeader(bytes, at)) continue;
      if (at > from) yield bytes.slice(from, at);
      yield null;
      from = at;
    }
    const until = at < 0 ? bytes.length : at;
    if (until > from) yield bytes.slice(from, until);
    begun ||= until > from;
    rest = bytes.slice(until);
  }
  if (rest.length > 0) yield rest;
}

/** As compressors write it. Compressed bytes look so once in some 200 GB; whoever meets them is told that the file is broken. */
function isHeader(bytes: Uint8Array, at: number): boolean {
  const [first, second, method, flags] = bytes.subarray(at, at + 4);
  const [extra, system] = bytes.subarray(at + 8, at + HEADER_BYTES);
  const known = (extra === 0 || extra === 2 || extra === 4) && (system <= 13 || system === 255);
  return first === 0x1f && second === 0x8b && method === 8 && flags < 32 && known;
}
