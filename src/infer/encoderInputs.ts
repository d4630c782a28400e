// What a program that reads whole sequences is given: the tensors of its trace, the buffers that hold them, and their values for sequences of any
// lengths, which are padded. It reads no results.

import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { countPositions, targetCount } from '../core/models/modelSizes';
import type { NamedBuffer } from '../gpu/rankMemory';
import type { Trace } from '../gpu/trace';
import type { BatchShape } from '../model/layerTracer';
import type { StackInputs } from '../model/modelStack';

/** Buffers by what they hold. */
export const inputNames = {
  tokens: 'tokens',
  types: 'token types',
  positions: 'positions',
  mask: 'attention mask',
  targets: 'targets',
} as const;
const IGNORED = -100;

/** A sequence as its tokenizer made it. */
export interface EncodedSequence {
  readonly ids: ArrayLike<number>;
  /** Segments; all of the first where left out. */
  readonly typeIds?: ArrayLike<number>;
}

/** Of `rows` tokens: all but the targets, which are what the program is traced for. */
export function sequenceInputs(
  trace: Trace,
  model: ModelConfig,
  rows: number,
): { readonly inputs: StackInputs; readonly named: readonly NamedBuffer[] } {
  const { tokenTypes, paddingPosition, masked } = modelSizes(model);
  const named: NamedBuffer[] = [];
  const add = (name: string, shape: readonly number[], type: 'u32' | 'f32') => {
    named.push({ name, bytes: 4 * shape.reduce((product, dim) => product * dim, 1), kind: 'inputs' });
    return trace.named(name, shape, type);
  };
  const noIndex = { order: undefined, starts: undefined };
  const source = {
    tokens: add(inputNames.tokens, [rows], 'u32'),
    ...noIndex,
    ...(tokenTypes > 0 ? { types: add(inputNames.types, [rows, tokenTypes], 'f32') } : {}),
    ...(paddingPosition === null
      ? {}
      : { places: { positions: add(inputNames.positions, [rows], 'u32'), ...noIndex } }),
  };
  return { inputs: { source, mask: masked ? add(inputNames.mask, [rows], 'u32') : undefined }, named };
}

/**
 * Values of the buffers that at most `batch` sequences of at most `tokens` tokens are read from, by their names.
 * @throws LabError `data.invalid` for more sequences, longer ones, empty ones, or ids that the model has not
 */
export function layOut(
  model: ModelConfig,
  { batch, tokens }: BatchShape,
  sequences: readonly EncodedSequence[],
): {
  readonly name: string;
  readonly values: Uint32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
}[] {
  const sizes = modelSizes(model);
  const { vocabulary, tokenTypes, paddingPosition } = sizes;
  const refuse = (message: string, why: string): never => {
    throw new LabError({ code: 'data.invalid', message, why, advice: 'Use the tokenizer that belongs to the model.' });
  };
  if (sequences.length > batch) refuse(`${sequences.length} sequences are too many.`, `This reads ${batch} at a time.`);
  const ids = new Uint32Array(batch * tokens).fill(paddingPosition ?? 0);
  const mask = new Uint32Array(batch * tokens);
  const types = new Float32Array(batch * tokens * tokenTypes);
  for (const [index, sequence] of sequences.entries()) {
    const { length } = sequence.ids;
    if (length < 1 || length > tokens)
      refuse(`Sequence ${index} has ${length} tokens.`, `This reads sequences of 1 to ${tokens}.`);
    for (let t = 0; t < length; t++) {
      const row = index * tokens + t;
      const [id, type] = [sequence.ids[t], sequence.typeIds?.[t] ?? 0];
      if (!(id < vocabulary)) refuse(`Sequence ${index} has the token ${id}.`, `The model has ${vocabulary} tokens.`);
      if (tokenTypes > 0 && !(type < tokenTypes))
        refuse(`Sequence ${index} has the segment ${type}.`, `The model has ${tokenTypes} segments.`);
      ids[row] = id;
      mask[row] = 1;
      if (tokenTypes > 0) types[row * tokenTypes + type] = 1;
    }
  }
  const positions = new Uint32Array(paddingPosition === null ? 0 : ids.length);
  if (paddingPosition !== null) countPositions(ids, tokens, paddingPosition, positions);
  return [
    { name: inputNames.tokens, values: ids },
    ...(tokenTypes > 0 ? [{ name: inputNames.types, values: types }] : []),
    ...(paddingPosition === null ? [] : [{ name: inputNames.positions, values: positions }]),
    ...(sizes.masked ? [{ name: inputNames.mask, values: mask }] : []),
    { name: inputNames.targets, values: new Int32Array(targetCount(sizes, batch, tokens)).fill(IGNORED) },
  ];
}
