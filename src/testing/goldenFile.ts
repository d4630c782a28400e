// A single file of the golden folder, as bytes, for Node tests of readers. Test-only; it parses nothing.

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * A file under LAB_GOLDEN, else ../shared/golden beside the repository; null where it is absent. Under CI its absence is
 * an error, so that a suite never goes green without it.
 */
export function goldenFile(path: string): Uint8Array | null {
  const file = join(process.env.LAB_GOLDEN ?? resolve(import.meta.dirname, '../../../shared/golden'), path);
  if (existsSync(file)) return new Uint8Array(readFileSync(file));
  const message = `golden file ${path} not found; set LAB_GOLDEN to the folder that holds it`;
  if (process.env.CI) throw new Error(message);
  console.warn(message);
  return null;
}
