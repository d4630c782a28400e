// Beam search in float64 over whole contexts, every step anew and by sorting all ways on: the judge of infer/beamSearch.ts.

export interface BeamSearchInput {
  /** Logits [V] after these tokens. */
  readonly logits: (tokens: readonly number[]) => Float64Array;
  readonly prompt: readonly number[];
  readonly beams: number;
  readonly lengthPenalty: number;
  readonly earlyStopping: boolean | 'never';
  readonly maxTokens: number;
  readonly endTokens: readonly number[];
}

interface Text {
  readonly tokens: readonly number[];
  readonly logProbability: number;
}

/**
 * The new tokens of the best text and its score, log p / length^penalty, as transformers' `_beam_search` finds it (Wolf et al. 2020; the length penalty is
 * Wu et al. 2016, section 7, without its constant).
 */
export function beamSearch(input: BeamSearchInput): { readonly tokens: readonly number[]; readonly score: number } {
  const { logits, prompt, beams, lengthPenalty, earlyStopping, maxTokens, endTokens } = input;
  const score = ({ logProbability }: Text, length: number): number => logProbability / length ** lengthPenalty;
  const ended: { text: Text; score: number }[] = [];
  let open: Text[] = [{ tokens: [], logProbability: 0 }];
  for (let length = 1; length <= maxTokens; length++) {
    const ways: Text[] = [];
    for (const text of open) {
      const row = logits([...prompt, ...text.tokens]);
      const largest = row.reduce((most, value) => Math.max(most, value), -Infinity);
      const logSum = largest + Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0));
      row.forEach((value, token) => {
        ways.push({ tokens: [...text.tokens, token], logProbability: text.logProbability + value - logSum });
      });
    }
    ways.sort((a, b) => b.logProbability - a.logProbability);
    const ends = (text: Text): boolean => endTokens.includes(text.tokens[text.tokens.length - 1]);
    for (const text of ways.slice(0, beams)) {
      const closed = earlyStopping === true && ended.length >= beams;
      if ((ends(text) || length === maxTokens) && !closed) ended.push({ text, score: score(text, length) });
    }
    ended.sort((a, b) => b.score - a.score);
    ended.splice(beams);
    open = ways.filter((text) => !ends(text)).slice(0, beams);
    if (ended.length < beams) continue;
    if (earlyStopping === true) break;
    const reach = earlyStopping === 'never' && lengthPenalty > 0 ? maxTokens : length;
    if (score(open[0], reach) <= ended[beams - 1].score) break;
  }
  return { tokens: ended[0].text.tokens, score: ended[0].score };
}
