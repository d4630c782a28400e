// What is known of a model before anything is traced: its parameters, what its batches hold, and what a forward pass leaves for its backward
// pass. Every family says it in one form; plans, planner, importers and pictures read this form and never a family's own names. Pure data.

import { type ArenaLayout, layoutArena } from '../../core/arena';
import type { ModelConfig } from '../../core/modelConfig';
import { encoderModel } from '../../core/models/encoders';
import type { Span } from '../../core/partition';
import type { Placement } from '../../parallel/placement';
import type { StageSpan } from '../../parallel/stages';
import { encoderShapes } from './encoderShapes';
import { gpt2Shapes } from './gpt2Shapes';
import { llamaShapes } from './llamaShapes';

/** Where a parameter is read: in the layer of this number, or at ends of the model; a tied embedding at both. */
export type ReadBy = number | readonly ('embedding' | 'head')[];

/** How a parameter starts: normally distributed with this standard deviation, uniform between -within and within, or constant. */
export type ParameterInit = number | { readonly within: number } | 'zeros' | 'ones';

export interface ParameterShape {
  /** transformers' name, with the model's prefix. */
  readonly name: string;
  /** The name without prefix and layer: alike in all layers. */
  readonly row: string;
  /** As transformers saves it. */
  readonly shape: readonly number[];
  /** Weight decay applies: tensors of 2 or more dims. */
  readonly decay: boolean;
  readonly init: ParameterInit;
  /** Where it lies along the tensor-parallel axis. */
  readonly placement: Placement;
  readonly readBy: ReadBy;
  /** Lies right behind the parameter before it, so that both are one matrix to whoever reads them (Trace.joined). */
  readonly joined: boolean;
}

/** A tensor that waits for the backward pass. */
export interface ActivationShape {
  /** As the trace labels it, without the layer: `attn.c_attn.y`. */
  readonly name: string;
  /** Of one replica's micro-batch: N = sequences * tokens rows. */
  readonly shape: readonly number[];
  readonly placement: Placement;
  /** The module, by its name in trace labels, for whose product ranks along tp bring it together, or after which they scatter it. */
  readonly exchangedAt?: string;
}

export interface MicroBatchShape {
  /** Sequences. */
  readonly rows: number;
  readonly tokens: number;
}

export interface ModelShapes {
  /** Elements of a parameter that softmax does not see, since they add the same to all scores of a row: their gradient is rounding. */
  readonly unseenBias: (name: string) => Span | null;
  /** In their global order; none twice. */
  readonly parameters: readonly ParameterShape[];
  /** Of what stands before the first layer. */
  readonly embeddingActivations: (batch: MicroBatchShape) => readonly ActivationShape[];
  /** The stream where a layer reads it. Between products it is divided by rows along tp (Korthikanti et al. 2022). */
  readonly stream: (batch: MicroBatchShape) => ActivationShape;
  /** Of one layer, beside the stream that enters it. */
  readonly layerActivations: (batch: MicroBatchShape) => readonly ActivationShape[];
  /** Of the final norm and the head, with the stream that enters them where it is kept. */
  readonly headActivations: (batch: MicroBatchShape) => readonly ActivationShape[];
}

/** Pictures ask for the same shapes at every move of a hand: making their names anew is most of what a map of the tensors costs. */
const known = new WeakMap<ModelConfig, ModelShapes>();

/** @param config vocab_size must be resolved (not 0) */
export function modelShapes(config: ModelConfig): ModelShapes {
  const shapes = known.get(config) ?? makeShapes(config);
  known.set(config, shapes);
  return shapes;
}

function makeShapes(config: ModelConfig): ModelShapes {
  switch (config.model_type) {
    case 'gpt2':
      return gpt2Shapes(config);
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'mistral':
      return llamaShapes(config);
    case 'bert':
    case 'distilbert':
    case 'roberta':
      return encoderShapes(encoderModel(config));
  }
}

/** How the linear layers of a family's blocks have their weights: [in, out] as Conv1D, or [out, in]. */
export function weightLayout({ model_type }: ModelConfig): 'conv1d' | 'linear' {
  switch (model_type) {
    case 'gpt2':
      return 'conv1d';
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'mistral':
    case 'bert':
    case 'distilbert':
    case 'roberta':
      return 'linear';
  }
}

/** The layer that a parameter belongs to, null outside the layers. */
export function layerOf({ readBy }: ParameterShape): number | null {
  return typeof readBy === 'number' ? readBy : null;
}

/** Whether a stage reads the parameter. */
export function stageHolds({ firstLayer, endLayer, embedding, head }: StageSpan, { readBy }: ParameterShape): boolean {
  if (typeof readBy === 'number') return readBy >= firstLayer && readBy < endLayer;
  return (embedding && readBy.includes('embedding')) || (head && readBy.includes('head'));
}

/** A weight matrix between hidden layers, not an embedding or head: Muon's domain. */
export function isHiddenMatrix({ shape, readBy }: Pick<ParameterShape, 'shape' | 'readBy'>): boolean {
  return shape.length === 2 && typeof readBy === 'number';
}

/** The whole model's arena, as training on one rank, reading and generation share it. */
export function modelArena(config: ModelConfig): ArenaLayout {
  return layoutArena(
    modelShapes(config).parameters.map((parameter) => ({ ...parameter, hiddenMatrix: isHiddenMatrix(parameter) })),
  );
}

/** Number of trained values; a tied head is counted once. */
export function parameterCount(config: ModelConfig): number {
  return modelShapes(config).parameters.reduce(
    (sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1),
    0,
  );
}
