// Parameters and activations of encoders, in the form that their families share: names, shapes, how each starts, and where it lies along the
// tensor-parallel axis. Query, key and value lie next to each other, so that they are one matrix [3 C, C], on each rank of its own heads. Heads of a
// few outputs are replicated. Pure data.

import type { EncoderModel } from '../../core/models/encoderModel';
import { positionRows } from '../../core/models/modelSizes';
import { type Placement, REPLICATE, shard } from '../../parallel/placement';
import type { ActivationShape, MicroBatchShape, ModelShapes, ParameterShape } from './modelShapes';
import { ParameterList } from './parameterList';

export function encoderShapes(model: EncoderModel): ModelShapes {
  const { names, sizes, task } = model;
  const { width: C, layers } = sizes;
  // What a layer reads is the result of a norm: nothing but products reads it again, and these have all rows.
  const stream = ({ rows, tokens }: MicroBatchShape): ActivationShape => ({
    name: 'stream',
    shape: [rows * tokens, C],
    placement: REPLICATE,
    exchangedAt: 'attention.self',
  });
  return {
    parameters: listParameters(model),
    unseenBias: (name) => {
      const spans = task === 'question-answering';
      // What is added to all places of a text alike moves no span: the head's bias, and that of the norm before it.
      if (spans && name === 'qa_outputs.bias') return { start: 0, length: 2 };
      const last = `${names.layers}.${layers - 1}.${names.outerNorm}.bias`;
      const key = name.startsWith(`${names.layers}.`) && name.endsWith(`.${names.key}.bias`);
      return key || (spans && name === last) ? { start: 0, length: C } : null;
    },
    stream,
    embeddingActivations: ({ rows, tokens }) => [
      { name: 'embeddings.x', shape: [rows * tokens, C], placement: shard(0) },
      { name: 'embeddings.LayerNorm.stats', shape: [rows * tokens, 2], placement: shard(0) },
    ],
    layerActivations: (batch) => layerActivations(model, batch),
    headActivations: (batch) => headActivations(model, batch),
  };
}

/** Linear weights are [out, in]. */
function dense(
  list: ParameterList,
  name: string,
  [inputs, outputs]: readonly [number, number],
  normal: number,
  placements: { readonly weight?: Placement; readonly bias?: Placement } = {},
): ParameterList {
  return list
    .add(`${name}.weight`, [outputs, inputs], normal, { placement: placements.weight ?? REPLICATE })
    .add(`${name}.bias`, [outputs], 'zeros', { placement: placements.bias ?? REPLICATE });
}

/** The part of a name before its first dot, which all heads share, and what stands behind it. */
function split(name: string): { readonly base: string; readonly rest: string } {
  const dot = name.indexOf('.') + 1;
  return { base: name.slice(0, dot), rest: name.slice(dot) };
}

function listParameters(model: EncoderModel): readonly ParameterShape[] {
  const { names, sizes, normal, task, tied } = model;
  const { inner: F, headDim, layers, width: C, vocabulary: V, tokenTypes } = sizes;
  const list = new ParameterList();
  const { base, rest: embeddings } = split(names.embeddings);
  list.at(task === 'masked-lm' && tied ? ['embedding', 'head'] : ['embedding'], base);
  list.add(`${embeddings}.word_embeddings.weight`, [V, C], normal, { placement: shard(0) });
  list.at(['embedding'], base).add(`${embeddings}.position_embeddings.weight`, [positionRows(sizes), C], normal);
  if (tokenTypes > 0) list.add(`${embeddings}.token_type_embeddings.weight`, [tokenTypes, C], normal);
  list.norm(`${embeddings}.LayerNorm`, C);
  const heads = { placement: shard(0, { unit: headDim }) };
  for (let layer = 0; layer < layers; layer++) {
    list.at(layer, `${names.layers}.${layer}.`);
    for (const part of ['query', 'key', 'value'] as const) {
      const joined = part !== 'query';
      list.add(`${names[part]}.weight`, [C, C], normal, { ...heads, joined });
      list.add(`${names[part]}.bias`, [C], 'zeros', { ...heads, joined });
    }
    dense(list, names.attended, [C, C], normal, { weight: shard(1, { unit: headDim }) });
    list.norm(names.attendedNorm, C);
    dense(list, names.inner, [C, F], normal, { weight: shard(0), bias: shard(0) });
    dense(list, names.outer, [F, C], normal, { weight: shard(1) }).norm(names.outerNorm, C);
  }
  listHead(list.at(['head'], ''), model);
  return list.parameters;
}

function listHead(list: ParameterList, { names, sizes, normal, task, tied }: EncoderModel): void {
  const { width: C, vocabulary: V, outputs } = sizes;
  switch (task) {
    case 'masked-lm':
      list.add(names.decoderBias, [V], 'zeros', { placement: shard(0) });
      dense(list, names.transform, [C, C], normal);
      list.norm(names.transformNorm, C);
      if (!tied) list.add(`${names.decoder}.weight`, [V, C], normal, { placement: shard(0) });
      return;
    case 'sequence-classification':
      dense(list, names.first, [C, C], normal);
      dense(list, names.classifier, [C, outputs], normal);
      return;
    case 'token-classification':
      dense(list, names.classifier, [C, outputs], normal);
      return;
    case 'question-answering':
      dense(list, 'qa_outputs', [C, 2], normal);
  }
}

/** What the traced programs hold; planner/tensorMap.test.ts compares them. */
function layerActivations(
  { sizes }: EncoderModel,
  { rows: B, tokens: T }: MicroBatchShape,
): readonly ActivationShape[] {
  const { width: C, heads: H, inner: F, headDim } = sizes;
  const N = B * T;
  const rows = { shape: [N, C], placement: shard(0) } as const;
  return [
    { name: 'attention.self.y', shape: [N, 3 * C], placement: shard(1, { blocks: 3, unit: headDim }) },
    { name: 'attention.out', shape: [N, C], placement: shard(1, { unit: headDim }) },
    { name: 'attention.lse', shape: [B, H, T], placement: shard(1) },
    { ...rows, name: 'attention.output.dense.y', exchangedAt: 'attention.output.dense' },
    { name: 'attention.output.LayerNorm.stats', shape: [N, 2], placement: shard(0) },
    {
      name: 'attention.output.LayerNorm.y',
      shape: [N, C],
      placement: REPLICATE,
      exchangedAt: 'intermediate',
    },
    { name: 'intermediate.pre', shape: [N, F], placement: shard(1) },
    { name: 'intermediate.y', shape: [N, F], placement: shard(1) },
    { ...rows, name: 'output.dense.y', exchangedAt: 'output.dense' },
    { name: 'output.LayerNorm.stats', shape: [N, 2], placement: shard(0) },
  ];
}

function headActivations(
  { sizes, task }: EncoderModel,
  { rows: B, tokens: T }: MicroBatchShape,
): readonly ActivationShape[] {
  const { outputs, width: C, vocabulary: V } = sizes;
  const N = B * T;
  const whole = (name: string, ...shape: number[]): ActivationShape => ({ name, shape, placement: REPLICATE });
  const own = (name: string, width: number): ActivationShape => ({ name, shape: [N, width], placement: shard(0) });
  const gathered: ActivationShape = { ...whole('stream', N, C), exchangedAt: 'head' };
  switch (task) {
    case 'masked-lm':
      return [
        own('stream', C),
        own('cls.transform.pre', C),
        own('cls.transform.y', C),
        own('cls.transform.LayerNorm.stats', 2),
        { ...whole('cls.transform.LayerNorm.y', N, C), exchangedAt: 'cls.predictions.decoder' },
        { name: 'logits', shape: [N, V], placement: shard(1) },
      ];
    case 'sequence-classification':
      return [
        whole('pooler.first', B, C),
        whole('pooler.pre', B, C),
        whole('pooler.y', B, C),
        whole('logits', B, outputs),
      ];
    case 'token-classification':
      return [gathered, whole('logits', N, outputs)];
    case 'question-answering':
      return [gathered, whole('logits', outputs * B, T)];
  }
}
