// What of a wish for sampling can be drawn by: values out of range give way to the nearest that means something, and each change is told. Pure.

import type { SettingChange } from '../core/records';
import { MOST_BIASES, noCuts, type Sampling, type TokenBias } from '../gpu/plans/sampleToken';

/** As somebody wrote it: any numbers, none of them needed. */
export type AskedSampling = Partial<Sampling>;

/** Below it a temperature is greedy in float32. */
const COLDEST = 1e-4;
const HOTTEST = 100;
const LEAST_TOP_P = 1e-6;
const LARGEST_PENALTY = 100;
const LARGEST_BIAS = 100;

/** @param vocabulary tokens there are to draw from */
export function limitedSampling(
  asked: AskedSampling,
  vocabulary: number,
): { readonly sampling: Sampling; readonly changes: readonly SettingChange[] } {
  const changes: SettingChange[] = [];
  const take = (field: Exclude<keyof Sampling, 'logitBias'>, otherwise: number, rules: readonly Rule[]): number => {
    const value = asked[field] ?? otherwise;
    const rule = rules.find(({ applies }) => applies(value));
    if (!rule) return value;
    const used = rule.use(value);
    if (!Object.is(used, value)) changes.push({ field, asked: String(value), used, why: rule.why });
    return used;
  };
  const notNumber = (used: number): Rule => ({ applies: Number.isNaN, use: () => used, why: 'it is not a number' });
  const sampling = {
    temperature: take('temperature', 0, [
      notNumber(0),
      { applies: (x) => x < 0, use: () => 0, why: 'below 0 there is none; 0 is greedy' },
      { applies: (x) => x > 0 && x < COLDEST, use: () => 0, why: 'so near to 0 it is greedy' },
      { applies: (x) => x > HOTTEST, use: () => HOTTEST, why: 'beyond it every token is as likely as any' },
    ]),
    topK: take('topK', noCuts.topK, [
      notNumber(0),
      { applies: (x) => x < 0, use: () => 0, why: '0 takes all tokens' },
      { applies: (x) => x > vocabulary, use: () => vocabulary, why: `the vocabulary has ${vocabulary} tokens` },
      { applies: (x) => !Number.isInteger(x), use: Math.floor, why: 'tokens are counted in whole numbers' },
    ]),
    topP: take('topP', noCuts.topP, [
      notNumber(1),
      { applies: (x) => x < LEAST_TOP_P, use: () => LEAST_TOP_P, why: 'the best token always stays' },
      { applies: (x) => x > 1, use: () => 1, why: 'all tokens together have probability 1' },
    ]),
    minP: take('minP', noCuts.minP, [
      notNumber(0),
      { applies: (x) => x < 0, use: () => 0, why: '0 takes all tokens' },
      { applies: (x) => x > 1, use: () => 1, why: 'the best token always stays' },
    ]),
    repetitionPenalty: take('repetitionPenalty', noCuts.repetitionPenalty, [
      notNumber(1),
      { applies: (x) => x <= 0, use: () => 1, why: 'a penalty is above 0; 1 changes nothing' },
      { applies: (x) => x > LARGEST_PENALTY, use: () => LARGEST_PENALTY, why: 'no larger one is taken' },
    ]),
    seed: take('seed', 0, [
      { applies: (x) => x >>> 0 !== x, use: (x) => x >>> 0, why: 'seeds are whole numbers from 0 to 4294967295' },
    ]),
  };
  const known = (asked.logitBias ?? []).filter(({ token, bias }) => {
    const fits = Number.isInteger(token) && token >= 0 && token < vocabulary && !Number.isNaN(bias);
    if (!fits)
      changes.push({ field: 'logitBias', asked: `${token}=${bias}`, used: 0, why: 'there is no such token or bias' });
    return fits;
  });
  for (const { token } of known.slice(MOST_BIASES))
    changes.push({
      field: 'logitBias',
      asked: String(token),
      used: 0,
      why: `at most ${MOST_BIASES} tokens have a bias`,
    });
  const logitBias = known.slice(0, MOST_BIASES).map(({ token, bias }): TokenBias => {
    const used = Math.max(-LARGEST_BIAS, Math.min(LARGEST_BIAS, bias));
    if (used !== bias) changes.push({ field: 'logitBias', asked: `${token}=${bias}`, used, why: 'it decides already' });
    return { token, bias: used };
  });
  return { sampling: { ...sampling, logitBias }, changes };
}

/** Of what is counted from 1 to `most`, the number that is used; 1 for no number. */
export function limitedCount(
  field: string,
  asked: number,
  most: number,
  why: string,
  changes: SettingChange[],
): number {
  const used = Math.max(1, Math.min(most, Math.floor(Number.isNaN(asked) ? 1 : asked)));
  if (used !== asked) changes.push({ field, asked: String(asked), used, why });
  return used;
}

interface Rule {
  readonly applies: (value: number) => boolean;
  readonly use: (value: number) => number;
  readonly why: string;
}
