// Hands merges on in groups of a hundredth of the vocabulary, so that a page or a terminal is not flooded and nothing is lost.

import type { LearntMerge } from '../../core/tokenizerRecords';
import type { TrainingHooks } from './trainingOptions';

export class MergeReport {
  #merges: LearntMerge[] = [];
  #tokens = 0;

  constructor(
    private readonly onProgress: TrainingHooks['onProgress'],
    private readonly specialTokens: number,
    private readonly target: number,
  ) {}

  readonly add = (left: string, right: string, count: number, tokens: number): void => {
    this.#merges.push({ left, right, count });
    this.#tokens = this.specialTokens + tokens;
    if (this.#merges.length >= this.target / 100) this.flush();
  };

  flush(): void {
    if (this.#merges.length === 0) return;
    this.onProgress?.({ phase: 'merges', tokens: this.#tokens, target: this.target, merges: this.#merges });
    this.#merges = [];
  }
}
