// Low-rank adapters in float64 (Hu et al. 2022, section 4.1): a linear layer with the product of two thin matrices beside its weight, that
// product merged into the weight, and what gradients of the merged weight say of the two. A [r, in] and B [out, r] lie as PEFT saves them.

import { addColumns, addColumnsBackward } from './addColumns';
import { dropout, dropoutBackward } from './dropout';
import { type LinearShape, linear, linearDInput, linearDWeight } from './linear';
import { matmul } from './matmul';

export interface LoraShape extends LinearShape {
  /** r */
  readonly rank: number;
  /** alpha / r, or alpha / sqrt(r) with rank stabilisation (Kalajdzievski 2023). */
  readonly scale: number;
}

export interface LoraWeights {
  readonly weight: Float64Array;
  readonly down: Float64Array;
  readonly up: Float64Array;
}

function downShape({ rows, inFeatures, rank }: LoraShape): LinearShape {
  return { rows, inFeatures, outFeatures: rank, layout: 'outIn' };
}

function upShape({ rows, outFeatures, rank }: LoraShape): LinearShape {
  return { rows, inFeatures: rank, outFeatures, layout: 'outIn' };
}

function wholeColumns({ outFeatures, scale }: LoraShape) {
  return { columns: outFeatures, width: outFeatures, first: 0, scale };
}

/** out [N, out] = x W + scale (dropout(x) Aᵀ) Bᵀ. @param mask [N, in] of PEFT's lora_dropout, as dropoutMask gives it; none where left out */
export function loraLinear(
  shape: LoraShape,
  x: Float64Array,
  { weight, down, up }: LoraWeights,
  mask?: Float64Array,
): Float64Array {
  const low = linear(downShape(shape), mask ? dropout(x, mask) : x, down);
  return addColumns(wholeColumns(shape), linear(shape, x, weight), linear(upShape(shape), low, up));
}

/** Gradients of what is trained, A and B, and of x; the weight is frozen and has none. */
export function loraLinearBackward(
  shape: LoraShape,
  x: Float64Array,
  { weight, down, up }: LoraWeights,
  dOut: Float64Array,
  mask?: Float64Array,
): { readonly dX: Float64Array; readonly dDown: Float64Array; readonly dUp: Float64Array } {
  const read = mask ? dropout(x, mask) : x;
  const low = linear(downShape(shape), read, down);
  const dDelta = addColumnsBackward(wholeColumns(shape), dOut);
  const dLow = linearDInput(upShape(shape), dDelta, up);
  const dRead = linearDInput(downShape(shape), dLow, down);
  const beside = mask ? dropoutBackward(dRead, mask) : dRead;
  return {
    dX: linearDInput(shape, dOut, weight).map((value, i) => value + beside[i]),
    dDown: linearDWeight(downShape(shape), dLow, read),
    dUp: linearDWeight(upShape(shape), dDelta, low),
  };
}

/** W + scale B A, in the weight's own layout. */
export function mergeLora(shape: Omit<LoraShape, 'rows'>, { weight, down, up }: LoraWeights): Float64Array {
  const { inFeatures, outFeatures, rank: k, scale, layout } = shape;
  const change =
    layout === 'outIn'
      ? matmul({ a: up, b: down, m: outFeatures, n: inFeatures, k }).out
      : matmul({ a: down, b: up, m: inFeatures, n: outFeatures, k, transA: true, transB: true }).out;
  return weight.map((value, i) => value + scale * change[i]);
}

/** Gradients of A and B from the gradient of the merged weight: dA = scale Bᵀ dW, dB = scale dW Aᵀ, dW as [out, in]. */
export function loraFromMerged(
  { inFeatures, outFeatures, rank, scale, layout }: Omit<LoraShape, 'rows'>,
  { down, up }: Omit<LoraWeights, 'weight'>,
  dWeight: Float64Array,
): { readonly dDown: Float64Array; readonly dUp: Float64Array } {
  const inOut = layout === 'inOut';
  const dDown = inOut
    ? matmul({ a: up, b: dWeight, m: rank, n: inFeatures, k: outFeatures, transA: true, transB: true }).out
    : matmul({ a: up, b: dWeight, m: rank, n: inFeatures, k: outFeatures, transA: true }).out;
  const dUp = inOut
    ? matmul({ a: dWeight, b: down, m: outFeatures, n: rank, k: inFeatures, transA: true, transB: true }).out
    : matmul({ a: dWeight, b: down, m: outFeatures, n: rank, k: inFeatures, transB: true }).out;
  return { dDown: dDown.map((value) => scale * value), dUp: dUp.map((value) => scale * value) };
}
