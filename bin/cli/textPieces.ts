// A text file piece by piece, so that a file of gigabytes never sits in memory. UTF-8, or UTF-16 where a mark at the start says so.

import { open } from 'node:fs/promises';
import { LabFailure } from './failure';

const PIECE_BYTES = 1 << 20;

/**
 * Line ends come as LF, as all texts of the lab have them.
 * @throws LabFailure `input` for bytes that are not text
 */
export async function* textPieces(path: string): AsyncGenerator<{ readonly text: string; readonly bytes: number }> {
  const file = await open(path);
  try {
    const buffer = new Uint8Array(PIECE_BYTES);
    let decoder: TextDecoder | undefined;
    let heldReturn = false;
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, PIECE_BYTES, position);
      decoder ??= new TextDecoder(encodingOf(buffer.subarray(0, bytesRead)), { fatal: true });
      const bytes = buffer.subarray(0, bytesRead);
      if (decoder.encoding === 'utf-8' && bytes.includes(0)) throw notText(path, position, 'holds zero bytes');
      let text: string;
      try {
        text = decoder.decode(bytes, { stream: bytesRead > 0 });
      } catch {
        throw notText(path, position, `is not valid ${decoder.encoding.toUpperCase()}`);
      }
      position += bytesRead;
      const whole: string = (heldReturn ? '\r' : '') + text;
      heldReturn = bytesRead > 0 && whole.endsWith('\r');
      yield { text: (heldReturn ? whole.slice(0, -1) : whole).replace(/\r\n?/g, '\n'), bytes: bytesRead };
      if (bytesRead === 0) return;
    }
  } finally {
    await file.close();
  }
}

function encodingOf(start: Uint8Array): string {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

function notText(path: string, position: number, why: string): LabFailure {
  return new LabFailure(
    'input',
    `${path} ${why}, in the MiB from byte ${position} on.`,
    'Save it as UTF-8 text first, or leave it out.',
  );
}
