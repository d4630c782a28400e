// Initial weights as a function of (seed, parameter name): every mesh starts from the same model, and every rank makes its own part. Pure.

import { fillNormal } from '../core/rng';
import type { Gpt2Config } from '../core/runConfig';
import { eachRun, type Placement, REPLICATE } from '../parallel/placement';
import { gpt2Parameters, type ParameterShape } from './shapes/gpt2Shapes';

/**
 * Writes consecutive initial values of one parameter, the first being element `first` of it (row-major).
 * `residual` projections start smaller by sqrt(2 L), as transformers does for GPT-2 (Radford et al. 2019, section 2.3).
 */
function fillInitial(
  out: Float32Array,
  config: Gpt2Config,
  { name, init }: Pick<ParameterShape, 'name' | 'init'>,
  seed: number,
  first: number,
): void {
  if (init === 'ones') out.fill(1);
  else if (init === 'zeros') out.fill(0);
  else {
    const deviation =
      init === 'residual' ? config.initializer_range / Math.sqrt(2 * config.n_layer) : config.initializer_range;
    fillNormal(out, seed, name, deviation, first);
  }
}

/** Where a piece of a parameter lies. */
export interface PiecePlace {
  readonly placement: Placement;
  readonly parts: number;
  readonly index: number;
  /** Elements of the part, flat: [start, start + length). */
  readonly start: number;
  readonly length: number;
}

/** The initial values of one piece of a parameter, made without the rest of it. */
export function initialPiece(
  model: Gpt2Config,
  parameter: Pick<ParameterShape, 'name' | 'shape' | 'init'>,
  seed: number,
  { placement, parts, index, start, length }: PiecePlace,
): Float32Array {
  const piece = new Float32Array(length);
  eachRun(parameter.shape, placement, parts, index, (global, local, run) => {
    const from = Math.max(local, start);
    const to = Math.min(local + run, start + length);
    if (to > from)
      fillInitial(piece.subarray(from - start, to - start), model, parameter, seed, global + (from - local));
  });
  return piece;
}

/** Values made between two turns of the event loop: about a tenth of a second, so that a worker keeps answering and beating. */
const VALUES_A_TURN = 2 ** 20;

/** As initialPiece, without holding up the thread. */
export async function initialPieceInTurns(
  model: Gpt2Config,
  parameter: Pick<ParameterShape, 'name' | 'shape' | 'init'>,
  seed: number,
  place: PiecePlace,
  valuesATurn = VALUES_A_TURN,
): Promise<Float32Array> {
  const piece = new Float32Array(place.length);
  for (let done = 0; done < place.length; done += valuesATurn) {
    const length = Math.min(valuesATurn, place.length - done);
    piece.set(initialPiece(model, parameter, seed, { ...place, start: place.start + done, length }), done);
    if (done + length < place.length) await nextTurn();
  }
  return piece;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve);
  });
}

function wholePlace({ shape }: ParameterShape): PiecePlace {
  return { placement: REPLICATE, parts: 1, index: 0, start: 0, length: shape.reduce((a, b) => a * b, 1) };
}

/** Initial values of every parameter, by name. */
export function initialWeights(model: Gpt2Config, seed: number): Map<string, Float32Array> {
  return new Map(
    gpt2Parameters(model).map((parameter) => [
      parameter.name,
      initialPiece(model, parameter, seed, wholePlace(parameter)),
    ]),
  );
}

/** The same, one parameter after another, without holding up the thread. */
export async function* initialWeightsInTurns(
  model: Gpt2Config,
  seed: number,
): AsyncGenerator<readonly [name: string, values: Float32Array]> {
  for (const parameter of gpt2Parameters(model))
    yield [parameter.name, await initialPieceInTurns(model, parameter, seed, wholePlace(parameter))];
}
