// Stage `quality`: leaves out documents that are too short or long, mostly symbols, or that repeat themselves (Rae et al. 2021, appendix A). Pure.

import type { PipelineConfig } from '../../../core/pipelineConfig';
import { isSymbol } from '../characterClasses';
import { hashText, mixed, type WordHashes } from '../hashes';
import type { DocumentStage } from './stage';

/** Words of a run that counts as repeated. */
const RUN_WORDS = 5;
/** Fewer words than this cannot be said to repeat themselves. */
const MIN_WORDS = 20;

export function quality(options: PipelineConfig['quality']): DocumentStage {
  const runs = new SeenRuns();
  return (text, { words }) => {
    if (text.length < options.minCharacters) return { dropped: 'too short' };
    if (text.length > options.maxCharacters) return { dropped: 'too long' };
    if (symbolShare(text) > options.maxSymbolShare) return { dropped: 'mostly symbols' };
    if (repeatedLineShare(text) > options.maxRepeatedLines) return { dropped: 'repeated lines' };
    const hashes = words(text);
    if (hashes.count >= MIN_WORDS && runs.repeatedShare(hashes) > options.maxRepeatedWords)
      return { dropped: 'repeated words' };
    return text;
  };
}

/** Characters that are no letter, digit or white space, of all that are no white space; 1 for an empty text. */
export function symbolShare(text: string): number {
  let symbols = 0;
  let spaces = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    symbols += isSymbol[code];
    if (code === 32 || code === 10) spaces++;
  }
  return text.length === spaces ? 1 : symbols / (text.length - spaces);
}

/** Characters in lines that came before, of all characters in lines that are not empty. */
export function repeatedLineShare(text: string): number {
  if (!text.includes('\n')) return 0;
  const seen = new Set<number>();
  let repeated = 0;
  let all = 0;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    if (line === '') continue;
    const [high, low] = hashText(line);
    const key = (high >>> 11) * 2 ** 32 + low;
    all += line.length;
    if (seen.has(key)) repeated += line.length;
    else seen.add(key);
  }
  return all === 0 ? 0 : repeated / all;
}

/** Runs of words seen in one document, in a table that is used again without being cleared. */
export class SeenRuns {
  #keys = new Uint32Array(1 << 12);
  #stamps = new Uint32Array(1 << 12);
  #stamp = 0;

  /** Words that belong to a run of 5 that came before, of all words. */
  repeatedShare({ hashes, count }: WordHashes): number {
    this.#reset(count);
    const mask = this.#keys.length - 1;
    let repeated = 0;
    let countedTo = 0;
    for (let i = 0; i + RUN_WORDS <= count; i++) {
      let key = 0;
      for (let j = 0; j < RUN_WORDS; j++) key = Math.imul(key, 0x01000193) + hashes[i + j];
      key = mixed(key);
      let slot = key & mask;
      while (this.#stamps[slot] === this.#stamp && this.#keys[slot] !== key) slot = (slot + 1) & mask;
      if (this.#stamps[slot] === this.#stamp) {
        repeated += i + RUN_WORDS - Math.max(countedTo, i);
        countedTo = i + RUN_WORDS;
      } else {
        this.#stamps[slot] = this.#stamp;
        this.#keys[slot] = key;
      }
    }
    return count === 0 ? 0 : repeated / count;
  }

  #reset(count: number): void {
    this.#stamp++;
    if (count * 2 <= this.#keys.length && this.#stamp < 0xffff_ffff) return;
    const size = 2 ** Math.ceil(Math.log2(Math.max(count * 2, 2)));
    this.#keys = new Uint32Array(size);
    this.#stamps = new Uint32Array(size);
    this.#stamp = 1;
  }
}
