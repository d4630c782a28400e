// Initial weights as a function of (seed, parameter name): every mesh starts from the same model, and every rank makes its own part. Pure.

import { type LoraConfig, noLora } from '../core/loraConfig';
import type { ModelConfig } from '../core/modelConfig';
import { fillNormal, fillUniform } from '../core/rng';
import { eachRun, type Placement, REPLICATE } from '../parallel/placement';
import { runParameters } from './shapes/adapterShapes';
import type { ParameterShape } from './shapes/modelShapes';

/** Writes consecutive initial values of one parameter, the first being element `first` of it (row-major). */
function fillInitial(
  out: Float32Array,
  { name, init }: Pick<ParameterShape, 'name' | 'init'>,
  seed: number,
  first: number,
): void {
  if (init === 'ones') out.fill(1);
  else if (init === 'zeros') out.fill(0);
  else if (typeof init === 'object') fillUniform(out, seed, name, init.within, first);
  else fillNormal(out, seed, name, init, first);
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
  parameter: Pick<ParameterShape, 'name' | 'shape' | 'init'>,
  seed: number,
  { placement, parts, index, start, length }: PiecePlace,
): Float32Array {
  const piece = new Float32Array(length);
  eachRun(parameter.shape, placement, parts, index, (global, local, run) => {
    const from = Math.max(local, start);
    const to = Math.min(local + run, start + length);
    if (to > from) fillInitial(piece.subarray(from - start, to - start), parameter, seed, global + (from - local));
  });
  return piece;
}

/** Values made between two turns of the event loop: about a tenth of a second, so that a worker keeps answering and beating. */
const VALUES_A_TURN = 2 ** 20;

/** As initialPiece, without holding up the thread. */
export async function initialPieceInTurns(
  parameter: Pick<ParameterShape, 'name' | 'shape' | 'init'>,
  seed: number,
  place: PiecePlace,
  valuesATurn = VALUES_A_TURN,
): Promise<Float32Array> {
  const piece = new Float32Array(place.length);
  for (let done = 0; done < place.length; done += valuesATurn) {
    const length = Math.min(valuesATurn, place.length - done);
    piece.set(initialPiece(parameter, seed, { ...place, start: place.start + done, length }), done);
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

/** Initial values of every parameter, by name, those of adapters among them. */
export function initialWeights(model: ModelConfig, seed: number, lora = noLora): Map<string, Float32Array> {
  return initialValues(runParameters(model, lora), seed);
}

/** Initial values of some parameters, by name. */
export function initialValues(parameters: readonly ParameterShape[], seed: number): Map<string, Float32Array> {
  return new Map(parameters.map((parameter) => [parameter.name, initialPiece(parameter, seed, wholePlace(parameter))]));
}

/** The same of the parameters that are wanted, one after another, without holding up the thread. */
export async function* initialWeightsInTurns(
  model: ModelConfig,
  seed: number,
  lora: LoraConfig,
  wanted: (name: string) => boolean,
): AsyncGenerator<readonly [name: string, values: Float32Array]> {
  for (const parameter of runParameters(model, lora).filter(({ name }) => wanted(name)))
    yield [parameter.name, await initialPieceInTurns(parameter, seed, wholePlace(parameter))];
}
