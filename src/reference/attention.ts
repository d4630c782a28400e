// Scaled dot-product attention in float64 over packed rows, with the whole T x T matrix in memory.
// B batch, T tokens, N = B*T, Hq query heads, Hkv key/value heads, D head size. It must not go online or in tiles:
// it judges the kernels that do.

export interface AttentionInput {
  /** [N, (Hq + 2 Hkv) D]: a row holds its query heads, then its key heads, then its value heads. */
  readonly qkv: Float64Array;
  readonly batch: number;
  readonly tokens: number;
  readonly queryHeads: number;
  /** Divides queryHeads; query head h reads key/value head floor(h Hkv / Hq) (Ainslie et al. 2023, grouped queries). */
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** True: token t sees keys 0..t. False: all keys. */
  readonly causal: boolean;
  /** Where causal: keys that a token sees, itself and those before it; all of them where left out (Beltagy et al. 2020, section 3.1). */
  readonly window?: number;
  /**
   * [B, T]. Not causal: 0 where the key is padding, which takes part only where a row sees nothing else. Causal: the first key that the token may
   * see, where its document begins in its sequence.
   */
  readonly mask?: Uint32Array;
  /** [B, Hq, T, T]: multiplies the probabilities, 0 or 1/(1-p); see dropoutMask. */
  readonly dropoutMask?: Float64Array;
}

/** The score of padding, in nats: no weight beside any real score, and finite, so that a row of nothing but padding spreads it evenly. */
const PADDED = -5e37 * Math.LN2;

export interface AttentionOutput {
  /** [N, Hq D] */
  readonly out: Float64Array;
  /** [B, Hq, T, T] before dropout; 0 where the mask hides the key. */
  readonly probabilities: Float64Array;
  /** [B, Hq, T]: log of the sum of exp(score) over the visible keys. */
  readonly logSumExp: Float64Array;
}

/**
 * out = dropout(softmax(Q K^T / sqrt(D))) V, head by head. RangeError for lengths that do not fit.
 * Source: Vaswani et al. 2017, eq. 1.
 */
export function attention(input: AttentionInput): AttentionOutput {
  check(input);
  const { qkv, batch, tokens, queryHeads, headSize, causal, mask, dropoutMask } = input;
  const scale = 1 / Math.sqrt(headSize);
  const out = new Float64Array(batch * tokens * queryHeads * headSize);
  const probabilities = new Float64Array(batch * queryHeads * tokens * tokens);
  const logSumExp = new Float64Array(batch * queryHeads * tokens);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < queryHeads; h++) {
      for (let t = 0; t < tokens; t++) {
        const visible = visibleKeys(input, t);
        const first = firstKey(input, b, t);
        const row = ((b * queryHeads + h) * tokens + t) * tokens;
        const query = offset(input, b, t, h);
        let max = -Infinity;
        for (let s = first; s < visible; s++) {
          const key = offset(input, b, s, keyHead(input, h));
          let dot = 0;
          for (let d = 0; d < headSize; d++) dot += qkv[query + d] * qkv[key + d];
          const score = !causal && mask?.[b * tokens + s] === 0 ? PADDED : dot * scale;
          probabilities[row + s] = score;
          max = Math.max(max, score);
        }
        let sum = 0;
        for (let s = first; s < visible; s++) sum += probabilities[row + s] = Math.exp(probabilities[row + s] - max);
        logSumExp[(b * queryHeads + h) * tokens + t] = max + Math.log(sum);
        const result = ((b * tokens + t) * queryHeads + h) * headSize;
        for (let s = first; s < visible; s++) {
          probabilities[row + s] /= sum;
          const weight = probabilities[row + s] * (dropoutMask ? dropoutMask[row + s] : 1);
          const value = offset(input, b, s, valueHead(input, h));
          for (let d = 0; d < headSize; d++) out[result + d] += weight * qkv[value + d];
        }
      }
    }
  }
  return { out, probabilities, logSumExp };
}

/**
 * dQkv, packed as qkv is, from dOut [N, Hq D]. With P the probabilities, M the dropout mask and dP = M (dOut V^T):
 * dV = (M P)^T dOut, dS = P (dP - sum(P dP)) / sqrt(D), dQ = dS K, dK = dS^T Q. Heads of a group add into one dK, dV.
 */
export function attentionBackward(input: AttentionInput, dOut: Float64Array): Float64Array {
  const { qkv, batch, tokens, queryHeads, headSize, dropoutMask } = input;
  const { probabilities } = attention(input);
  const scale = 1 / Math.sqrt(headSize);
  const dQkv = new Float64Array(qkv.length);
  const dProbability = new Float64Array(tokens);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < queryHeads; h++) {
      for (let t = 0; t < tokens; t++) {
        const visible = visibleKeys(input, t);
        const first = firstKey(input, b, t);
        const row = ((b * queryHeads + h) * tokens + t) * tokens;
        const query = offset(input, b, t, h);
        const d0 = ((b * tokens + t) * queryHeads + h) * headSize;
        let sum = 0;
        for (let s = first; s < visible; s++) {
          const kept = dropoutMask ? dropoutMask[row + s] : 1;
          const weight = probabilities[row + s] * kept;
          const value = offset(input, b, s, valueHead(input, h));
          let dot = 0;
          for (let d = 0; d < headSize; d++) {
            dot += dOut[d0 + d] * qkv[value + d];
            dQkv[value + d] += weight * dOut[d0 + d];
          }
          dProbability[s] = dot * kept;
          sum += probabilities[row + s] * dProbability[s];
        }
        for (let s = first; s < visible; s++) {
          const dScore = probabilities[row + s] * (dProbability[s] - sum) * scale;
          const key = offset(input, b, s, keyHead(input, h));
          for (let d = 0; d < headSize; d++) {
            dQkv[query + d] += dScore * qkv[key + d];
            dQkv[key + d] += dScore * qkv[query + d];
          }
        }
      }
    }
  }
  return dQkv;
}

/** Where head `head` of token t of sequence b begins in qkv; heads are counted over queries, keys and values. */
function offset({ tokens, queryHeads, keyValueHeads, headSize }: AttentionInput, b: number, t: number, head: number) {
  return ((b * tokens + t) * (queryHeads + 2 * keyValueHeads) + head) * headSize;
}

function keyHead({ queryHeads, keyValueHeads }: AttentionInput, h: number): number {
  return queryHeads + Math.floor((h * keyValueHeads) / queryHeads);
}

function valueHead(input: AttentionInput, h: number): number {
  return keyHead(input, h) + input.keyValueHeads;
}

function visibleKeys({ tokens, causal }: AttentionInput, t: number): number {
  return causal ? t + 1 : tokens;
}

function firstKey({ tokens, causal, window = Infinity, mask }: AttentionInput, b: number, t: number): number {
  const document = causal && mask ? mask[b * tokens + t] : 0;
  return Math.max(document, t + 1 - window);
}

function check(input: AttentionInput): void {
  const { qkv, batch, tokens, queryHeads, keyValueHeads, headSize, causal, mask, dropoutMask, window = 1 } = input;
  const length = batch * tokens * (queryHeads + 2 * keyValueHeads) * headSize;
  if (qkv.length !== length) throw new RangeError(`attention: qkv has ${qkv.length} elements, needs ${length}`);
  if (queryHeads % keyValueHeads !== 0) {
    throw new RangeError(`attention: ${queryHeads} query heads do not divide over ${keyValueHeads} key/value heads`);
  }
  if (window < 1 || (input.window !== undefined && !input.causal))
    throw new RangeError(`attention: a window of ${window} needs causal attention and to hold the token itself`);
  if (mask && mask.length !== batch * tokens)
    throw new RangeError(`attention: a mask needs ${batch * tokens} elements, got ${mask.length}`);
  if (mask && causal && mask.some((first, at) => first > at % tokens))
    throw new RangeError('attention: a token sees itself at least');
  const masked = batch * queryHeads * tokens * tokens;
  if (dropoutMask && dropoutMask.length !== masked) {
    throw new RangeError(`attention: dropoutMask has ${dropoutMask.length} elements, needs ${masked}`);
  }
}
