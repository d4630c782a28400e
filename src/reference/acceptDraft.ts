// What a model makes of the tokens that a draft of it proposed, in plain steps: the judge of draft_verdict.wgsl and draft_advance.wgsl.

import { threefry2x32, unitInterval } from '../core/rng';
import { drawIndex, type TokenChoice } from './sampleToken';

/** Keeps these random numbers apart from others of the same seed. */
const STREAM = 0x61636370;

/** A proposal x, and what it was drawn from. */
export interface Proposal {
  readonly token: number;
  /** [V]: q; not read where the model takes only its best token. */
  readonly probabilities: readonly number[];
}

export interface Verdict {
  readonly accepted: boolean;
  /** The token that comes where the proposal is not accepted, or where there was none. */
  readonly instead: number;
}

/**
 * @param p what the model itself would draw from, after all that stands before
 * @param proposal null after the last one: a token of the model's own follows
 * @param units two random numbers of [0, 1): of the acceptance, and of the draw
 * @see Leviathan et al. 2023, "Fast inference from transformers via speculative decoding", algorithm 1
 */
export function judgeProposal(
  { best, probabilities }: TokenChoice,
  proposal: Proposal | null,
  greedy: boolean,
  units: readonly [number, number],
): Verdict {
  if (greedy) return { accepted: proposal?.token === best, instead: best };
  const rest = probabilities.map((p, token) => Math.max(0, p - (proposal?.probabilities[token] ?? 0)));
  return {
    accepted:
      proposal !== null &&
      units[0] * (proposal.probabilities[proposal.token] ?? 0) < (probabilities[proposal.token] ?? 0),
    instead: drawIndex(rest, units[1], best),
  };
}

/** The random numbers of a row's verdict. */
export function verdictUnits(seed: number, step: number, row: number): [number, number] {
  const [accept, draw] = threefry2x32(seed, STREAM, step, row);
  return [unitInterval(accept), unitInterval(draw)];
}

/** The tokens that a text gets of its verdicts: proposals up to the first that is not accepted, and the token that comes then. */
export function acceptedTokens(proposals: readonly number[], verdicts: readonly Verdict[]): number[] {
  const refused = verdicts.findIndex(({ accepted }, index) => !accepted || index === proposals.length);
  return [...proposals.slice(0, refused), verdicts[refused].instead];
}
