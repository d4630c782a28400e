// Beam search's bookkeeping as transformers 5 does it (GenerationMixin._beam_search): which beams go on, which are finished, and when no better one
// can come. Pure; candidates come from whoever has logits.

export interface BeamOptions {
  readonly beams: number;
  /** A finished text's score is its log-probability over its new tokens to this power: above 0 prefers longer texts. */
  readonly lengthPenalty: number;
  /** true: ends with as many finished texts as beams. false: when the best beam, were it to end now, would not be better. 'never': when it could not be. */
  readonly earlyStopping: boolean | 'never';
  readonly maxTokens: number;
  readonly endTokens: readonly number[];
}

/** One way on: a beam and its next token, with the log-probability of that token. */
export interface BeamCandidate {
  readonly beam: number;
  readonly token: number;
  readonly logProbability: number;
}

export interface Beam {
  readonly tokens: readonly number[];
  /** Sum of log-probabilities while it runs; over the penalised length once it is finished. */
  readonly score: number;
}

/** How many of each beam's best tokens have to be known: enough that as many beams go on however many of them end. */
export function candidatesPerBeam({ beams, endTokens }: Pick<BeamOptions, 'beams' | 'endTokens'>): number {
  return Math.max(2, 1 + endTokens.length) * beams;
}

export class BeamSearch {
  /** Best first; before the first step one, the prompt. */
  private running: readonly Beam[] = [{ tokens: [], score: 0 }];
  /** Best first, at most as many as beams. */
  private finished: readonly Beam[] = [];
  private length = 0;
  private over = false;

  constructor(private readonly options: BeamOptions) {}

  get done(): boolean {
    return this.over;
  }

  /** The best text: finished, or where none is, running. */
  get best(): Beam {
    return this.finished[0] ?? this.running[0];
  }

  /**
   * One more token. @param candidates of all running beams, candidatesPerBeam of each at least
   * @returns for each beam that goes on the one it comes from and its new token; empty when the search is over
   */
  advance(candidates: readonly BeamCandidate[]): readonly { readonly parent: number; readonly token: number }[] {
    const { beams, endTokens, maxTokens, earlyStopping } = this.options;
    this.length++;
    const last = this.length >= maxTokens;
    const ways = candidates
      .map((way) => ({ ...way, score: this.running[way.beam].score + way.logProbability }))
      // Of equal scores the first beam's lower token, as in a row of all beams' vocabularies.
      .sort((a, b) => b.score - a.score || a.beam - b.beam || a.token - b.token)
      .slice(0, candidatesPerBeam(this.options));
    const extended = (way: (typeof ways)[number]): Beam => ({
      tokens: [...this.running[way.beam].tokens, way.token],
      score: way.score,
    });
    const full = this.finished.length === beams;
    if (!(full && earlyStopping === true)) {
      // An end counts only among the best, as many as there are beams.
      const ended = ways.slice(0, beams).filter(({ token }) => last || endTokens.includes(token));
      const scored = ended.map((way) => ({ ...extended(way), score: this.penalised(way.score, this.length) }));
      this.finished = [...this.finished, ...scored].sort((a, b) => b.score - a.score).slice(0, beams);
    }
    const onward = ways.filter(({ token }) => !endTokens.includes(token)).slice(0, beams);
    this.running = onward.map(extended);
    this.over = last || onward.length === 0 || !this.mayImprove();
    return this.over ? [] : onward.map(({ beam, token }) => ({ parent: beam, token }));
  }

  private penalised(score: number, length: number): number {
    return score / length ** this.options.lengthPenalty;
  }

  private mayImprove(): boolean {
    const { beams, earlyStopping, lengthPenalty, maxTokens } = this.options;
    if (this.finished.length < beams) return true;
    if (earlyStopping === true) return false;
    const length = earlyStopping === 'never' && lengthPenalty > 0 ? maxTokens : this.length;
    return this.penalised(this.running[0].score, length) > this.finished[this.finished.length - 1].score;
  }
}
