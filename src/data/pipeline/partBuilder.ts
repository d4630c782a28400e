// Gathers what a data worker has made of some documents, as flat arrays that go to another thread without a copy. Pure.

import { type TokenArray, TokenBuffer } from '../tokenBuffer';
import type { Tokenizer } from '../tokenizer';
import { hashText } from './hashes';
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

export class PartBuilder {
  readonly tallies: readonly StageTally[];
  readonly bad: { row: number; why: string }[] = [];
  /** Of the file, read for this part. */
  bytes = 0;
  /** Characters read so far. */
  size = 0;
  /** Milliseconds of hashing for the stages that compare documents. */
  hashMilliseconds = 0;
  readonly #rowOf: number[] = [];
  readonly #characters: number[] = [];
  readonly #hashes: number[] = [];
  readonly #tokenCounts: number[] = [];
  readonly #wordCounts: number[] = [];
  readonly #tokens: TokenBuffer;
  #words = new Uint32Array(0);
  #wordLength = 0;
  #signatures = new Uint16Array(0);
  #bands = new Uint32Array(0);

  constructor(
    stages: readonly string[],
    vocabularySize: number,
    private readonly minHasher: MinHasher | null,
    private readonly keepWords: boolean,
  ) {
    this.tallies = stages.map(newTally);
    this.#tokens = new TokenBuffer(vocabularySize);
  }

  addText(text: string, row: number, survey: TextSurvey): void {
    if (this.minHasher !== null) this.#sign(survey.of(text), this.minHasher);
    this.#rowOf.push(row);
    this.#characters.push(text.length);
    const [high, low] = hashText(text);
    this.#hashes.push(high, low);
    if (!this.keepWords) return;
    const { hashes, count } = survey.of(text);
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
    minHasher.sign(
      words,
      this.#signatures.subarray(at * positions, (at + 1) * positions),
      this.#bands.subarray(at * bandCount, (at + 1) * bandCount),
    );
  }

  /**
   * @param end tokens behind every document
   * @returns tokens, and code points that no token stands for
   */
  addTokens(
    text: string,
    tokenizer: Tokenizer,
    end: Uint32Array,
  ): { readonly tokens: number; readonly unknown: number } {
    const before = this.#tokens.length;
    const unknown = tokenizer.encodeInto(text, this.#tokens);
    this.#tokens.push(end);
    const tokens = this.#tokens.length - before;
    this.#tokenCounts.push(tokens);
    return { tokens, unknown };
  }

  finish(piece: number, part: number, last: boolean, rows: number): PiecePart {
    const documents = this.#rowOf.length;
    return {
      ...{ piece, part, last, rows },
      bytes: this.bytes,
      bad: this.bad,
      tallies: [...this.tallies, { ...newTally(HASH_TALLY), milliseconds: this.hashMilliseconds }],
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
