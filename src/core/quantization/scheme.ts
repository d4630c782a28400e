// How a weight matrix is stored in 8 or 4 bits: signed codes, each times a scale. The words are laid out as the kernels read them. Pure.
//
// A matrix is [outputs, inputs] here, however the model stores it: codes of one output lie side by side along the inputs. A row is padded with
// zero codes to whole vectors of four words, which a kernel loads at once; the scale of a group of inputs is [groups, outputs], outputs padded
// to fours, so that four columns' scales are one load.

/** int8 has one scale an output channel; int4 one for each group of inputs. */
export type QuantizationScheme = { readonly name: 'int8' } | { readonly name: 'int4'; readonly group: number };

export const DEFAULT_GROUP = 32;
/** Inputs of one group, so that a vector of 32 codes has one scale. */
export const groupSizes = [32, 64, 96, 128] as const;

export interface QuantizedLayout {
  readonly scheme: QuantizationScheme;
  readonly outputs: number;
  readonly inputs: number;
  /** Vectors of four words a row. */
  readonly vectors: number;
  /** Groups of inputs with a scale each. */
  readonly groups: number;
}

export function bitsOf({ name }: QuantizationScheme): 8 | 4 {
  return name === 'int8' ? 8 : 4;
}

/** Codes in a vector of four words. */
export function codesPerVector(scheme: QuantizationScheme): number {
  return 128 / bitsOf(scheme);
}

/** @throws RangeError for a group that is none of groupSizes, or an empty matrix */
export function quantizedLayout(outputs: number, inputs: number, scheme: QuantizationScheme): QuantizedLayout {
  if (!(outputs >= 1 && inputs >= 1)) throw new RangeError(`a matrix of ${outputs} by ${inputs} cannot be quantised`);
  if (scheme.name === 'int4' && !groupSizes.some((size) => size === scheme.group))
    throw new RangeError(`a group has ${groupSizes.join(', ')} inputs, got ${scheme.group}`);
  return {
    scheme,
    outputs,
    inputs,
    vectors: Math.ceil(inputs / codesPerVector(scheme)),
    groups: scheme.name === 'int8' ? 1 : Math.ceil(inputs / scheme.group),
  };
}

export function wordCount({ outputs, vectors }: QuantizedLayout): number {
  return 4 * outputs * vectors;
}

/** Outputs with the padding that scales have. */
export function scaleStride(outputs: number): number {
  return 4 * Math.ceil(outputs / 4);
}

export function scaleCount({ outputs, groups }: QuantizedLayout): number {
  return groups * scaleStride(outputs);
}

/** Inputs that share a scale. */
export function groupLength({ scheme, inputs }: QuantizedLayout): number {
  return scheme.name === 'int8' ? inputs : scheme.group;
}

export function describeScheme(scheme: QuantizationScheme): string {
  return scheme.name === 'int8' ? 'int8 per output channel' : `int4 in groups of ${scheme.group}`;
}
