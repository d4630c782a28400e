// Gathers what a data worker has made of some documents, as flat arrays that go to another thread without a copy. Pure.

import { type TokenArray, TokenBuffer } from '../tokenBuffer';
import type { Tokenizer } from '../tokenizer';
import { hashText, hashUnits } from './hashes';
import type { MinHasher } from './minHash';
import { HASH_TALLY } from './stageTallies';
import { newTally, type StageTally } from './tally';
import type { TextSurvey } from './textSurvey';

/** One part of what a piece gives, as flat arrays: they go to another thread without a copy. */
export interface PiecePart {
  readonly piece: number;
  /** 0 for the piece's first. */
  readonly part: number;
  /** The piece is done. */
  readonly last: boolean;
  /** Bytes of the file behind this part. */
  readonly bytes: number;
  /** Records of the piece so far, bad ones among them. */
  readonly rows: number;
  readonly bad: readonly { readonly row: number; readonly why: string }[];
  readonly tallies: readonly StageTally[];
  /** [documents]: each one's row in the piece, 1 for the first. */
  readonly rowOf: Uint32Array<ArrayBuffer>;
  /** [documents]: UTF-16 units of the cleaned text. */
  readonly characters: Uint32Array<ArrayBuffer>;
  /** [documents, 2]: hash of the cleaned text. */
  readonly hashes: Uint32Array<ArrayBuffer>;
  /** [documents]: tokens of each, its end among them. */
  readonly tokenCounts: Uint32Array<ArrayBuffer>;
  /** All documents' tokens, one after another. */
  readonly tokens: TokenArray;
  /** [documents]: words of each; empty without decontamination, as are `words`. */
  readonly wordCounts: Uint32Array<ArrayBuffer>;
  /** Hashes of all documents' words. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** [documents, bands * rows] and [documents, bands]; empty without near dedup. A document without words has bands of 0. */
  readonly signatures: Uint16Array<ArrayBuffer>;
  readonly bands: Uint32Array<ArrayBuffer>;
}

/** The clock is read for one document of so many: reading it ten times a document costs as much as a stage. */
const TIMED = 8;

/** Builds one part after another in the same memory. */
export class PartBuilder {
  /** As the stages are named. */
  tallies: readonly StageTally[] = [];
  bad: { row: number; why: string }[] = [];
  /** Of the file, read for this part. */
  bytes = 0;
  /** Characters read so far. */
  size = 0;
  /** Milliseconds of reading records, and of hashing for the stages that compare documents. */
  readMilliseconds = 0;
  hashMilliseconds = 0;
  #entered = 0;
  #timedSize = 0;
  #rowOf: number[] = [];
  #characters: number[] = [];
  #hashes: number[] = [];
  #tokenCounts: number[] = [];
  #wordCounts: number[] = [];
  readonly #tokens: TokenBuffer;
  #words = new Uint32Array(0);
  #wordLength = 0;
  #signatures = new Uint16Array(0);
  #bands = new Uint32Array(0);

  constructor(
    private readonly stages: readonly string[],
    vocabularySize: number,
    private readonly minHasher: MinHasher | null,
    private readonly keepWords: boolean,
  ) {
    this.#tokens = new TokenBuffer(vocabularySize);
  }

  /** Before the first document of a part; what was gathered is gone. */
  begin(): void {
    this.tallies = this.stages.map(newTally);
    this.bad = [];
    this.bytes = this.size = this.readMilliseconds = this.hashMilliseconds = 0;
    this.#entered = this.#timedSize = this.#wordLength = 0;
    [this.#rowOf, this.#characters, this.#hashes, this.#tokenCounts, this.#wordCounts] = [[], [], [], [], []];
    this.#tokens.length = 0;
  }

  /** Whether the next document's stages are to be timed; they stand for those of the others. */
  get timesNext(): boolean {
    return this.#entered % TIMED === 0;
  }

  /** A document was read; it may yet be left out. */
  enter(characters: number): void {
    if (this.timesNext) this.#timedSize += characters;
    this.#entered++;
    this.size += characters;
  }

  addText(text: string, row: number, survey: TextSurvey): void {
    const { bytes, hashes, count } = survey.of(text);
    if (this.minHasher !== null) this.#sign(survey, this.minHasher);
    this.#rowOf.push(row);
    this.#characters.push(text.length);
    const [high, low] = bytes === null ? hashText(text) : hashUnits(bytes, bytes.length);
    this.#hashes.push(high, low);
    if (!this.keepWords) return;
    const end = this.#wordLength + count;
    if (end > this.#words.length)
      this.#words = grown(new Uint32Array(Math.max(end, 2 * this.#words.length)), this.#words);
    this.#words.set(hashes.subarray(0, count), this.#wordLength);
    this.#wordLength = end;
    this.#wordCounts.push(count);
  }

  #sign(words: TextSurvey, minHasher: MinHasher): void {
    const { positions, bandCount } = minHasher;
    const at = this.#rowOf.length;
    if ((at + 1) * bandCount > this.#bands.length) {
      const room = 2 * (at + 1);
      this.#signatures = grown(new Uint16Array(room * positions), this.#signatures);
      this.#bands = grown(new Uint32Array(room * bandCount), this.#bands);
    }
    const signature = this.#signatures.subarray(at * positions, (at + 1) * positions);
    const bands = this.#bands.subarray(at * bandCount, (at + 1) * bandCount);
    if (minHasher.sign(words, signature, bands)) return;
    signature.fill(0);
    bands.fill(0);
  }

  /**
   * @param bytes the text where every character is one byte, else null
   * @param end tokens behind every document
   * @returns tokens, and code points that no token stands for
   */
  addTokens(
    text: string,
    bytes: Uint8Array | null,
    tokenizer: Tokenizer,
    end: Uint32Array,
  ): { readonly tokens: number; readonly unknown: number } {
    const before = this.#tokens.length;
    const unknown = tokenizer.encodeInto(text, this.#tokens, bytes);
    this.#tokens.push(end);
    const tokens = this.#tokens.length - before;
    this.#tokenCounts.push(tokens);
    return { tokens, unknown };
  }

  /** A copy of what was gathered since begin(). */
  finish(piece: number, part: number, last: boolean, rows: number): PiecePart {
    const documents = this.#rowOf.length;
    const share = this.#timedSize === 0 ? 1 : this.size / this.#timedSize;
    for (const tally of this.tallies) tally.milliseconds *= share;
    this.tallies[0].milliseconds += this.readMilliseconds;
    return {
      ...{ piece, part, last, rows },
      bytes: this.bytes,
      bad: this.bad,
      tallies: [...this.tallies, { ...newTally(HASH_TALLY), milliseconds: this.hashMilliseconds * share }],
      rowOf: Uint32Array.from(this.#rowOf),
      characters: Uint32Array.from(this.#characters),
      hashes: Uint32Array.from(this.#hashes),
      tokenCounts: Uint32Array.from(this.#tokenCounts),
      tokens: this.#tokens.taken(),
      wordCounts: Uint32Array.from(this.#wordCounts),
      words: this.#words.slice(0, this.#wordLength),
      signatures: this.#signatures.slice(0, documents * (this.minHasher?.positions ?? 0)),
      bands: this.#bands.slice(0, documents * (this.minHasher?.bandCount ?? 0)),
    };
  }
}

function grown<T extends Uint16Array | Uint32Array>(made: T, old: T): T {
  made.set(old);
  return made;
}
