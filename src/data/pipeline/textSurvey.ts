// One look at every character of a text for all stages: its words as hashes, and what else they ask of it. Pure, the same on every machine.
// Stages that find nothing to do here never look at the text themselves.

import { ALONE, characterFacts, NUMBER, SIGN, SMALL_LETTER, SYMBOL, WORD } from './characterClasses';
import { mixed } from './hashes';

/** Words of a text, by their hashes. */
export interface Words {
  readonly hashes: Uint32Array;
  readonly count: number;
}

/** Units that are looked at together: they stay near the processor. */
const BLOCK = 1 << 14;
/** Shorter texts are taken unit by unit: asking the encoder costs as much. */
const SHORT = 64;
/** FNV's offset: the hash of no character. */
const EMPTY = 0x811c9dc5 | 0;
/** By byte: the small letter, or digit, of a word; 0 for what is of no word. */
const letters = Uint8Array.from({ length: 256 }, (_, byte) => {
  const facts = byte < 128 ? characterFacts[byte] : 0;
  return (facts & WORD) === 0 ? 0 : facts & SMALL_LETTER;
});
const SPACE = 32;
const LINE_END = 10;
const LAST_DIGIT = 57;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** What was seen of the last text. Its arrays are used again: read them before the next call with another text. */
export class TextSurvey implements Words {
  /** [count]. Words are runs of letters, digits and marks whatever their case; each character of a script without spaces is one. */
  hashes = new Uint32Array(1_024);
  count = 0;
  /** [numberCount]: where digits, and the signs that personal data has, stand, in order. */
  numberPlaces = new Int32Array(256);
  numberCount = 0;
  /** Facts of characterClasses.ts that some character has; of those that every byte of a word has, nothing is said. */
  facts = 0;
  /** A space or line end where tidy text has none. */
  untidy = false;
  /** Characters that are no letter, digit or white space. */
  symbols = 0;
  /** Usual spaces. */
  blanks = 0;
  lineEnds = 0;
  /** [text.length]: the text where every character is one byte; null where one is not. */
  bytes: Uint8Array | null = null;
  #text: string | null = null;
  readonly #units = new Uint16Array(BLOCK);
  #encoded = new Uint8Array(1 << 12);
  /** Between blocks: the word so far, and the two units before. */
  #hash = EMPTY;
  #before = 0;
  #beforeThat = 0;

  /**
   * The same text as one block of memory of its own, surveyed; a lone surrogate becomes U+FFFD. A slice of a larger text, as records are, costs
   * V8 a look at the larger one for every character that is read (measured: 2 to 3 times the time), and keeps the larger one alive.
   */
  flat(slice: string): string {
    // Short slices are copies already.
    if (slice.length < 13) {
      this.of(slice);
      return slice;
    }
    return this.read(this.#encode(slice));
  }

  /** The text of UTF-8, surveyed; what is none becomes U+FFFD. @param bytes are read until the next call */
  read(bytes: Uint8Array): string {
    const text = decoder.decode(bytes);
    this.#survey(text, bytes);
    return text;
  }

  of(text: string): this {
    // Where every character is one byte the bytes are the units: reading them is several times as fast as asking the text for each.
    if (text !== this.#text) this.#survey(text, text.length < SHORT ? null : this.#encode(text));
    return this;
  }

  /** @param encoded the text in UTF-8, or in something else that it was decoded from; null where it was not encoded */
  #survey(text: string, encoded: Uint8Array | null): void {
    this.#text = text;
    this.bytes = null;
    this.#begin();
    if (encoded !== null && encoded.length === text.length) {
      if (this.#lookAtBytes(encoded)) {
        this.bytes = encoded;
        return;
      }
      // A broken byte stands for one character too.
      this.#begin();
    }
    for (let start = 0; start < text.length; ) {
      let length = Math.min(BLOCK, text.length - start);
      for (let i = 0; i < length; i++) this.#units[i] = text.charCodeAt(start + i);
      // A pair is looked at together.
      if (start + length < text.length && isFirstHalf(this.#units[length - 1])) length--;
      this.#look(start, length);
      start += length;
    }
    if (this.#hash !== EMPTY) this.hashes[this.count++] = mixed(this.#hash);
  }

  #begin(): void {
    this.count = 0;
    this.numberCount = 0;
    this.facts = 0;
    this.untidy = false;
    this.symbols = 0;
    this.blanks = 0;
    this.lineEnds = 0;
    this.#hash = EMPTY;
    this.#before = 0;
    this.#beforeThat = 0;
  }

  #encode(text: string): Uint8Array {
    if (this.#encoded.length < 3 * text.length) this.#encoded = new Uint8Array(6 * text.length);
    return this.#encoded.subarray(0, encoder.encodeInto(text, this.#encoded).written);
  }

  /** A whole text of one byte a character. @returns false where a byte is none */
  #lookAtBytes(bytes: Uint8Array): boolean {
    let hash = EMPTY;
    for (let start = 0; start < bytes.length; start += BLOCK) {
      const end = Math.min(bytes.length, start + BLOCK);
      this.#makeRoom(end - start);
      const { hashes, numberPlaces } = this;
      let { count, numberCount, blanks } = this;
      for (let i = start; i < end; i++) {
        const byte = bytes[i];
        const letter = letters[byte];
        if (letter !== 0) {
          hash = Math.imul(hash ^ letter, 0x01000193);
          if (letter <= LAST_DIGIT) numberPlaces[numberCount++] = i;
          continue;
        }
        if (hash !== EMPTY) {
          hashes[count++] = mixed(hash);
          hash = EMPTY;
        }
        if (byte === SPACE) {
          blanks++;
          if (i > 0 && (bytes[i - 1] === SPACE || bytes[i - 1] === LINE_END)) this.untidy = true;
        } else if (byte === LINE_END) {
          this.lineEnds++;
          if (i > 0 && (bytes[i - 1] === SPACE || (i > 1 && bytes[i - 1] === LINE_END && bytes[i - 2] === LINE_END)))
            this.untidy = true;
        } else if (byte < 128) {
          const facts = characterFacts[byte];
          this.facts |= facts;
          if ((facts & SYMBOL) !== 0) this.symbols++;
          if ((facts & SIGN) !== 0) numberPlaces[numberCount++] = i;
        } else return false;
      }
      this.count = count;
      this.numberCount = numberCount;
      this.blanks = blanks;
    }
    if (hash !== EMPTY) this.hashes[this.count++] = mixed(hash);
    return true;
  }

  /** For the words and numbers of so many more characters, and a word that ends behind them. */
  #makeRoom(length: number): void {
    const mostWords = this.count + length + 1;
    if (this.hashes.length < mostWords) this.hashes = grown(this.hashes, new Uint32Array(2 * mostWords));
    const mostPlaces = this.numberCount + length;
    if (this.numberPlaces.length < mostPlaces)
      this.numberPlaces = grown(this.numberPlaces, new Int32Array(2 * mostPlaces));
  }

  /** A block, whose units are in #units. @param start of the block in the text */
  #look(start: number, length: number): void {
    this.#makeRoom(length);
    const [units, hashes, numberPlaces] = [this.#units, this.hashes, this.numberPlaces];
    let [count, numberCount, hash] = [this.count, this.numberCount, this.#hash];
    let [seen, symbols] = [0, 0];
    for (let i = 0; i < length; i++) {
      const facts = characterFacts[units[i]];
      seen |= facts;
      if ((facts & WORD) !== 0) {
        if ((facts & ALONE) === 0) {
          hash = Math.imul(hash ^ (facts & SMALL_LETTER), 0x01000193);
          if ((facts & NUMBER) !== 0) numberPlaces[numberCount++] = start + i;
          continue;
        }
        if (hash !== EMPTY) hashes[count++] = mixed(hash);
        hash = EMPTY;
        const unit = units[i];
        // A surrogate pair is one word: its second half joins the first.
        const pair = isFirstHalf(unit) && i + 1 < length && isSecondHalf(units[i + 1]);
        hashes[count++] = mixed(pair ? (unit << 16) | units[++i] : facts & SMALL_LETTER);
        continue;
      }
      if (hash !== EMPTY) {
        hashes[count++] = mixed(hash);
        hash = EMPTY;
      }
      if ((facts & SYMBOL) !== 0) {
        symbols++;
        if ((facts & SIGN) !== 0) numberPlaces[numberCount++] = start + i;
      } else this.#blank(i);
    }
    this.#beforeThat = length > 1 ? units[length - 2] : this.#before;
    this.#before = units[length - 1];
    this.#hash = hash;
    this.count = count;
    this.numberCount = numberCount;
    this.facts |= seen;
    this.symbols += symbols;
  }

  /** White space at place i of the block. */
  #blank(i: number): void {
    const unit = this.#units[i];
    const before = i > 0 ? this.#units[i - 1] : this.#before;
    if (unit === 32) {
      this.blanks++;
      if (before === 32 || before === 10) this.untidy = true;
    } else if (unit === 10) {
      this.lineEnds++;
      const beforeThat = i > 1 ? this.#units[i - 2] : i === 1 ? this.#before : this.#beforeThat;
      if (before === 32 || (before === 10 && beforeThat === 10)) this.untidy = true;
    }
  }
}

function isFirstHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isSecondHalf(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function grown<T extends Uint32Array | Int32Array>(old: T, made: T): T {
  made.set(old);
  return made;
}
