// The baseline that needs no training: the nearest of known texts by the words they share, rare words counting more. Pure.

export interface Nearest {
  /** Index among the known texts. */
  readonly index: number;
  /** Cosine, 0 to 1. */
  readonly similarity: number;
}

/** Words, placeholders such as {0}, and other signs one by one; Chinese characters one by one. Case does not count. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\{\d+\}|[\p{Script=Han}]|[\p{L}\p{M}]+|\p{N}+|[^\s\p{L}\p{N}]/gu) ?? [];
}

/** Term frequency times log((1 + N) / (1 + document frequency)) + 1, cosine (Manning, Raghavan and Schütze 2008, chapter 6; smoothed). */
export class TfIdfIndex {
  readonly #documents = new Map<string, number>();
  readonly #vectors: readonly ReadonlyMap<string, number>[];

  constructor(private readonly texts: readonly string[]) {
    for (const text of texts)
      for (const word of new Set(wordsOf(text))) this.#documents.set(word, (this.#documents.get(word) ?? 0) + 1);
    this.#vectors = texts.map((text) => this.#vector(text));
  }

  /** The first among equals; of no text at all, an index of -1. */
  nearest(text: string): Nearest {
    const vector = this.#vector(text);
    let best: Nearest = { index: this.texts.length > 0 ? 0 : -1, similarity: 0 };
    for (const [index, known] of this.#vectors.entries()) {
      let similarity = 0;
      for (const [word, weight] of vector) similarity += weight * (known.get(word) ?? 0);
      if (similarity > best.similarity) best = { index, similarity };
    }
    return best;
  }

  /** Of length 1; empty for a text without words. */
  #vector(text: string): Map<string, number> {
    const counts = new Map<string, number>();
    for (const word of wordsOf(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
    let squares = 0;
    for (const [word, count] of counts) {
      const weight = count * (Math.log((1 + this.texts.length) / (1 + (this.#documents.get(word) ?? 0))) + 1);
      counts.set(word, weight);
      squares += weight ** 2;
    }
    for (const [word, weight] of counts) counts.set(word, weight / Math.sqrt(squares));
    return counts;
  }
}
