// Continues texts over the stages of a pipeline, seen from whoever asks: gives all ranks the same turns and takes the tokens from the last stage.
// It has no device and no weights; how a turn gets to the ranks is injected.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { PipelineTraffic } from '../core/records';
import type { Sampling } from '../gpu/plans/sampleToken';
import type { TextReply, TextWork } from './stageText';
import { StepGroups, type TokenDecoder } from './tokenDecoder';

/** The ranks of a pipeline, ready to continue a number of texts. */
export interface TextRanks {
  readonly stages: number;
  /** The same turn on all of them, in the order of the calls; rejects with the error of the rank that failed. */
  run(work: TextWork): Promise<readonly TextReply[]>;
}

export class PipelineDecoder implements TokenDecoder {
  private readonly groups: StepGroups;
  /** The filling that is under way, or the last one. */
  private filling: Promise<unknown> = Promise.resolve();
  private begin: { readonly sampling: Sampling; readonly said: readonly Uint32Array[] } | null = null;
  private prefillBytes = 0;
  private stepBytes = 0;
  private tokens = 0;

  /** @param ahead groups of steps on their way at once */
  constructor(
    readonly model: ModelConfig,
    private readonly texts: number,
    private readonly ranks: TextRanks,
    ahead: number,
  ) {
    this.groups = new StepGroups(texts, ahead);
  }

  get traffic(): PipelineTraffic {
    const { stages } = this.ranks;
    const bytesPerToken = this.tokens === 0 ? 0 : this.stepBytes / this.tokens;
    return { stages, prefillBytes: this.prefillBytes, bytesPerToken };
  }

  start(sampling: Sampling, said: readonly Uint32Array[]): void {
    this.groups.start();
    this.begin = { sampling, said };
    this.prefillBytes = 0;
    this.stepBytes = 0;
    this.tokens = 0;
  }

  fill(contexts: readonly Uint32Array[]): void {
    const { begin } = this;
    this.begin = null;
    this.groups.filled(modelSizes(this.model).positions, contexts);
    this.filling = this.ranks.run({ kind: 'fill', contexts, begin }).then((replies) => {
      this.prefillBytes += bytesOf(replies);
    });
    // Told by the steps that follow it.
    this.filling.catch(() => undefined);
  }

  get room(): boolean {
    return this.groups.room;
  }

  get pending(): boolean {
    return this.groups.pending;
  }

  get mayRunAhead(): boolean {
    return this.groups.mayRunAhead;
  }

  submit(draw: number, most: number): number {
    const { position, steps } = this.groups.next(most);
    const replies = this.ranks.run({ kind: 'steps', count: steps, position, draw });
    const tokens = Promise.all([replies, this.filling]).then(([answers]) => {
      this.stepBytes += bytesOf(answers);
      this.tokens += this.texts * steps;
      return answers.find((answer) => answer.tokens !== null)?.tokens ?? new Uint32Array(0);
    });
    this.groups.add(steps, tokens);
    return steps;
  }

  take(): Promise<Uint32Array> {
    return this.groups.take();
  }

  /** All ranks are at rest afterwards: none is more than a turn behind another when the next text begins. */
  async drain(): Promise<void> {
    await Promise.allSettled([this.filling]);
    await this.groups.drain();
  }

  /** What the ranks hold is theirs. */
  destroy(): void {}
}

function bytesOf(replies: readonly TextReply[]): number {
  return replies.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
}
