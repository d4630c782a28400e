// Trains a tokenizer of any kind from the counted words of a text. Pure; the same words and options give the same file.

import { LabError } from '../../core/errors';
import type { TokenizerTrainingOptions, TrainedTokenizer } from '../../core/tokenizerRecords';
import { createJsonTokenizer } from '../jsonTokenizer';
import { Breather } from './breather';
import { trainByteLevelBpe } from './byteLevelBpe';
import { checkTrainingOptions, emptyText, type TrainingHooks, unknownTokens } from './trainingOptions';
import { trainUnigram } from './unigram';
import { WordCounter } from './wordCounter';
import { trainWordPiece } from './wordPiece';

/** Counts words as they stream by, then learns from them. One training each. */
export class TokenizerTraining {
  readonly #counter: WordCounter;
  readonly #options: TokenizerTrainingOptions;

  /** @throws LabError `tokenizer.invalid` for options that cannot be met by any text */
  constructor(options: TokenizerTrainingOptions) {
    const unknown = unknownTokens[options.kind];
    const missing = unknown === null || options.specialTokens.includes(unknown) ? [] : [unknown];
    this.#options = { ...options, specialTokens: [...missing, ...options.specialTokens] };
    checkTrainingOptions(this.#options);
    this.#counter = new WordCounter(options.kind, this.#options.specialTokens);
  }

  /** The next piece of a document, cut anywhere. */
  push(piece: string): void {
    this.#counter.push(piece);
  }

  endDocument(): void {
    this.#counter.endDocument();
  }

  /** Words that occurred at most so often may have been left out, since there were too many; 0 where none was. */
  get leftOut(): number {
    return this.#counter.rarest;
  }

  /** @throws LabError `data.invalid` where there is no text, `tokenizer.invalid`, `run.cancelled` */
  async train(hooks: TrainingHooks = {}): Promise<TrainedTokenizer> {
    const breather = new Breather(hooks.signal);
    breather.throwIfCancelled();
    if (this.#counter.words.size === 0) throw emptyText();
    const trained = await this.#train(hooks, breather);
    // What does not load again is not handed out.
    if (createJsonTokenizer(trained.json).vocabularySize !== trained.vocabularySize) {
      throw new LabError({ code: 'internal', message: 'The trained tokenizer lost tokens on its way into its file.' });
    }
    return trained;
  }

  #train(hooks: TrainingHooks, breather: Breather): Promise<TrainedTokenizer> {
    switch (this.#options.kind) {
      case 'byte-level-bpe':
        return trainByteLevelBpe(this.#counter, this.#options, hooks, breather);
      case 'wordpiece':
        return trainWordPiece(this.#counter, this.#options, hooks, breather);
      case 'unigram':
        return trainUnigram(this.#counter, this.#options, hooks, breather);
    }
  }
}
