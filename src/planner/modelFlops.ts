// Operations of the model itself, and the ways in which published runs count them. Formulas only.

import { countParameters, type TransformerShape } from './transformerShape';

/** Of forward and backward without recomputation, every score counted (Chowdhery et al. 2022, appendix B): 6 N + 12 L H D T a token. */
export function modelFlops(shape: TransformerShape, sequenceLength: number, tokens: number): number {
  const { attention, inner } = countParameters(shape);
  const products = shape.layers * (attention + inner) + shape.vocabulary * shape.width;
  const scores = 2 * shape.layers * shape.heads * shape.headDim * sequenceLength;
  return 6 * tokens * (products + scores);
}

/**
 * Narayanan et al. 2021, equation 3: with full recomputation, every score counted, 96 B T L C^2 (1 + T / 6C + V / 16LC). For models with F = 4C.
 */
export function narayananFlops(
  { layers, width, vocabulary }: Pick<TransformerShape, 'layers' | 'width' | 'vocabulary'>,
  sequenceLength: number,
  globalBatch: number,
): number {
  const bracket = 1 + sequenceLength / (6 * width) + vocabulary / (16 * layers * width);
  return 96 * globalBatch * sequenceLength * layers * width * width * bracket;
}
