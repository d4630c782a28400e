// What a token is drawn from: the model's own probabilities, and what biases, repetition penalty, temperature and the cuts make of them. The rules
// are those of shaders/sample_token.wgsl, which draws; here they are worked out to be looked at. Pure; in float64.

export interface DrawSettings {
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0 for all. */
  readonly topK: number;
  /** 1 for all. */
  readonly topP: number;
  /** 0 for all. */
  readonly minP: number;
  readonly repetitionPenalty: number;
  readonly logitBias: readonly { readonly token: number; readonly bias: number }[];
}

export type Cut = 'greedy' | 'topK' | 'topP' | 'minP';

export interface TokenChance {
  readonly token: number;
  /** The model's own. */
  readonly before: number;
  /** With biases, penalty and temperature, before the cuts. */
  readonly after: number;
  /** Of the draw: 0 where a cut took it. */
  readonly drawn: number;
  /** What took it; null where nothing did. */
  readonly cut: Cut | null;
}

export interface TokenDistribution {
  /** The likeliest, best first by `after`. */
  readonly chances: readonly TokenChance[];
  /** Tokens that may be drawn. */
  readonly kept: number;
  readonly vocabulary: number;
  /** Nats, of the model's own probabilities. */
  readonly entropy: number;
}

/** @param seen tokens that the text has, for the repetition penalty */
export function tokenDistribution(
  logits: Float32Array,
  seen: ReadonlySet<number>,
  settings: DrawSettings,
  count: number,
): TokenDistribution {
  const { temperature, topK, topP, minP, repetitionPenalty, logitBias } = settings;
  const own = softmax(logits, 1);
  const biased = Float64Array.from(logits);
  for (const { token, bias } of logitBias) if (token < biased.length) biased[token] += bias;
  for (const token of seen) {
    const value = biased[token];
    if (value !== undefined) biased[token] = value > 0 ? value / repetitionPenalty : value * repetitionPenalty;
  }
  const greedy = !(temperature > 0);
  const after = softmax(biased, greedy ? 1 : temperature);
  const order = Array.from(biased.keys()).sort((a, b) => biased[b] - biased[a] || a - b);
  const best = order[0] ?? 0;
  // Tokens of equal logit stay or go together: a cut is a least logit.
  const limits: { readonly cut: Cut; readonly least: number }[] = [];
  if (!greedy) {
    const kth = topK > 0 && topK < order.length ? biased[order[topK - 1] ?? best] : -Infinity;
    limits.push({ cut: 'topK', least: kth });
    if (topP < 1) {
      const candidates = order.filter((token) => biased[token] >= kth);
      const wanted = topP * candidates.reduce((sum, token) => sum + after[token], 0);
      let mass = 0;
      const last = candidates.find((token) => {
        mass += after[token];
        return mass >= wanted;
      });
      limits.push({ cut: 'topP', least: last === undefined ? -Infinity : biased[last] });
    }
  }
  const cutOf = (token: number): Cut | null => {
    if (greedy) return token === best ? null : 'greedy';
    const taken = limits.find(({ least }) => biased[token] < least);
    if (taken) return taken.cut;
    return after[token] < minP * after[best] ? 'minP' : null;
  };
  const cuts = order.map(cutOf);
  const mass = order.reduce((sum, token, place) => sum + (cuts[place] === null ? after[token] : 0), 0);
  return {
    chances: order.slice(0, count).map((token, place) => {
      const cut = cuts[place] ?? null;
      return { token, before: own[token], after: after[token], drawn: cut === null ? after[token] / mass : 0, cut };
    }),
    kept: cuts.filter((cut) => cut === null).length,
    vocabulary: order.length,
    entropy: own.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0),
  };
}

function softmax(logits: ArrayLike<number>, temperature: number): Float64Array {
  const values = Float64Array.from(logits);
  const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const weights = values.map((value) => Math.exp((value - largest) / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}
