// What failures leave of a long run: checkpoints cost time, and each failure costs what was done since the last one. Pure formulas.

import { LabError } from '../core/errors';

export interface FailureModel {
  readonly ranks: number;
  /** Mean time between failures of one rank; any failure stops the run. */
  readonly meanHoursBetweenFailures: number;
  /** That writing a checkpoint stops training. */
  readonly checkpointSeconds: number;
  /** From a failure until training goes on: noticed, replaced, loaded. */
  readonly restartSeconds: number;
  /** Between checkpoints; null: the best. */
  readonly checkpointEverySeconds: number | null;
}

export interface Goodput {
  /** Of the whole run, exponential failures of independent ranks. */
  readonly secondsBetweenFailures: number;
  readonly checkpointEverySeconds: number;
  /** Expected share of the time that is spent on steps that are kept. */
  readonly share: number;
}

/**
 * The interval at which checkpoints and lost work together cost least: Daly 2006, "A higher order estimate of the optimum checkpoint interval",
 * equation 37 (Young 1974 is its first term, sqrt(2 d M)).
 *
 * @param checkpoint seconds d
 * @param between seconds M between failures
 */
export function bestInterval(checkpoint: number, between: number): number {
  if (checkpoint >= 2 * between) return between;
  const ratio = checkpoint / (2 * between);
  return Math.sqrt(2 * checkpoint * between) * (1 + Math.sqrt(ratio) / 3 + ratio / 9) - checkpoint;
}

/**
 * Expected goodput of a run with memoryless failures (Daly 2006, equation 20): to keep `t` seconds of work between checkpoints of `d` takes
 * M e^(R/M) (e^((t+d)/M) - 1) on average, where R is the restart.
 *
 * @throws LabError `config.invalid` for numbers that are not positive
 */
export function expectedGoodput(model: FailureModel): Goodput {
  for (const [field, value] of Object.entries(model)) {
    const free = field === 'restartSeconds' || field === 'checkpointEverySeconds';
    if (value === null ? free : value > 0 || (free && value === 0)) continue;
    throw new LabError({ code: 'config.invalid', message: `${field} must be more than 0, got ${value}.` });
  }
  const between = (model.meanHoursBetweenFailures * 3600) / model.ranks;
  const every = model.checkpointEverySeconds || bestInterval(model.checkpointSeconds, between);
  const spent =
    between * Math.exp(model.restartSeconds / between) * Math.expm1((every + model.checkpointSeconds) / between);
  return { secondsBetweenFailures: between, checkpointEverySeconds: every, share: every / spent };
}
