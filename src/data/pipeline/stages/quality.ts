// Stage `quality`: leaves out documents that are too short or long, mostly symbols, or that repeat themselves (Rae et al. 2021, appendix A). Pure.

import type { PipelineConfig } from '../../../core/pipelineConfig';
import { hashText } from '../hashes';
import type { TextSurvey, Words } from '../textSurvey';
import type { DocumentStage } from './stage';

/** Words of a run that counts as repeated. */
const RUN_WORDS = 5;
const FACTOR = 0x01000193;
const SPREAD = 0x9e3779b1;
/** FACTOR to the power of a run. */
const LEAD = Array.from({ length: RUN_WORDS }).reduce<number>((power) => Math.imul(power, FACTOR), 1);
/** Fewer words than this cannot be said to repeat themselves. */
const MIN_WORDS = 20;

export function quality(options: PipelineConfig['quality']): DocumentStage {
  const runs = new SeenRuns();
  return (text, { survey }) => {
    if (text.length < options.minCharacters) return { dropped: 'too short' };
    if (text.length > options.maxCharacters) return { dropped: 'too long' };
    const seen = survey(text);
    if (symbolShare(text, seen) > options.maxSymbolShare) return { dropped: 'mostly symbols' };
    if (seen.lineEnds > 0 && repeatedLineShare(text) > options.maxRepeatedLines) return { dropped: 'repeated lines' };
    if (seen.count >= MIN_WORDS && runs.repeatedShare(seen) > options.maxRepeatedWords)
      return { dropped: 'repeated words' };
    return text;
  };
}

/** Characters that are no letter, digit or white space, of all that are no white space; 1 for an empty text. */
function symbolShare(text: string, { symbols, blanks, lineEnds }: TextSurvey): number {
  const visible = text.length - blanks - lineEnds;
  return visible === 0 ? 1 : symbols / visible;
}

/** Characters in lines that came before, of all characters in lines that are not empty. */
function repeatedLineShare(text: string): number {
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
class SeenRuns {
  /** By twos: the hash of a run, and the number of the document that it is of. */
  #table = new Int32Array(1 << 11);
  /** Of a product, to a place in the table. */
  #shift = 32 - 11;
  #stamp = 0;

  /** Words that belong to a run of 5 that came before, of all words. */
  repeatedShare({ hashes, count }: Words): number {
    const table = this.#tableFor(count);
    const stamp = this.#stamp;
    const shift = this.#shift;
    const mask = table.length - 2;
    let repeated = 0;
    let countedTo = 0;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      // A rolling polynomial of the last 5 words.
      sum = (Math.imul(sum, FACTOR) + hashes[i]) | 0;
      if (i >= RUN_WORDS) sum = (sum - Math.imul(LEAD, hashes[i - RUN_WORDS])) | 0;
      const start = i - RUN_WORDS + 1;
      if (start < 0) continue;
      // The upper bits of a product depend on all bits of the sum.
      let slot = (Math.imul(sum, SPREAD) >>> shift) & mask;
      while (table[slot + 1] === stamp && table[slot] !== sum) slot = (slot + 2) & mask;
      if (table[slot + 1] === stamp) {
        repeated += i + 1 - Math.max(countedTo, start);
        countedTo = i + 1;
      } else {
        table[slot] = sum;
        table[slot + 1] = stamp;
      }
    }
    return count === 0 ? 0 : repeated / count;
  }

  #tableFor(count: number): Int32Array {
    this.#stamp++;
    if (count * 4 > this.#table.length || this.#stamp === 0x7fff_ffff) {
      const bits = Math.ceil(Math.log2(Math.max(count * 4, 1 << 11)));
      this.#table = new Int32Array(2 ** bits);
      this.#shift = 32 - bits;
      this.#stamp = 1;
    }
    return this.#table;
  }
}
