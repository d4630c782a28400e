// How likely a model finds each token of a text: what is asked, and what comes back. Plain data.

export interface ScoreRequest {
  readonly text: string;
  /** That stand behind the text's own, as a model drew them. */
  readonly tokens: readonly number[];
}

export interface TextScore {
  /** Ids as the model reads them: T of them. */
  readonly ids: Uint32Array;
  /** Of those, how many are the text's own. */
  readonly textTokens: number;
  /** What each token adds to the text; '' while a character is unfinished. */
  readonly pieces: readonly string[];
  /** [T]: of each token after those before it, nats; NaN for the first, which nothing stands before. */
  readonly logProbabilities: Float32Array;
  /** [T]: how many tokens were likelier; -1 for the first. */
  readonly ranks: Int32Array;
  /** [T]: of the distribution that the token came from, nats; NaN for the first. */
  readonly entropies: Float32Array;
  /** Tokens at the end that were left out, since no more are read. */
  readonly leftOut: number;
}
