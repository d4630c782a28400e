// BERT's parameters and activations: names, shapes, how each starts, and where it lies along the tensor-parallel axis. Query, key and value
// lie next to each other, so that they are one matrix [3 C, C], on each rank of its own heads. Heads of a few outputs are replicated.
// Pure data.

import { type BertConfig, bertSizes } from '../../core/models/bert';
import { type Placement, REPLICATE, shard } from '../../parallel/placement';
import type { ActivationShape, MicroBatchShape, ModelShapes, ParameterShape } from './modelShapes';
import { ParameterList } from './parameterList';

export function bertShapes(config: BertConfig): ModelShapes {
  const C = config.hidden_size;
  // What a layer reads is the result of a norm: nothing but products reads it again, and these have all rows.
  const stream = ({ rows, tokens }: MicroBatchShape): ActivationShape => ({
    name: 'stream',
    shape: [rows * tokens, C],
    placement: REPLICATE,
    exchangedAt: 'attention.self',
  });
  return {
    parameters: listParameters(config),
    unseenBias: (name) => {
      const spans = config.architecture === 'BertForQuestionAnswering';
      // What is added to all places of a text alike moves no span: the head's bias, and that of the norm before it.
      if (spans && name === 'qa_outputs.bias') return { start: 0, length: 2 };
      const last = `bert.encoder.layer.${config.num_hidden_layers - 1}.output.LayerNorm.bias`;
      return name.endsWith('self.key.bias') || (spans && name === last) ? { start: 0, length: C } : null;
    },
    stream,
    embeddingActivations: ({ rows, tokens }) => [
      { name: 'embeddings.x', shape: [rows * tokens, C], placement: shard(0) },
      { name: 'embeddings.LayerNorm.stats', shape: [rows * tokens, 2], placement: shard(0) },
    ],
    layerActivations: (batch) => layerActivations(config, batch),
    headActivations: (batch) => headActivations(config, batch),
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

function listParameters(config: BertConfig): readonly ParameterShape[] {
  const { vocab_size: V, hidden_size: C, initializer_range: normal } = config;
  const { inner: F, headDim, layers, positions } = bertSizes(config);
  const list = new ParameterList();
  const tied = config.architecture === 'BertForMaskedLM' && config.tie_word_embeddings;
  list.at(tied ? ['embedding', 'head'] : ['embedding'], 'bert.');
  list.add('embeddings.word_embeddings.weight', [V, C], normal, { placement: shard(0) });
  list.at(['embedding'], 'bert.').add('embeddings.position_embeddings.weight', [positions, C], normal);
  list.add('embeddings.token_type_embeddings.weight', [config.type_vocab_size, C], normal);
  list.norm('embeddings.LayerNorm', C);
  const heads = { placement: shard(0, { unit: headDim }) };
  for (let layer = 0; layer < layers; layer++) {
    list.at(layer, `bert.encoder.layer.${layer}.`);
    for (const part of ['query', 'key', 'value']) {
      const joined = part !== 'query';
      list.add(`attention.self.${part}.weight`, [C, C], normal, { ...heads, joined });
      list.add(`attention.self.${part}.bias`, [C], 'zeros', { ...heads, joined });
    }
    dense(list, 'attention.output.dense', [C, C], normal, { weight: shard(1, { unit: headDim }) });
    list.norm('attention.output.LayerNorm', C);
    dense(list, 'intermediate.dense', [C, F], normal, { weight: shard(0), bias: shard(0) });
    dense(list, 'output.dense', [F, C], normal, { weight: shard(1) }).norm('output.LayerNorm', C);
  }
  listHead(list.at(['head'], ''), config);
  return list.parameters;
}

function listHead(list: ParameterList, config: BertConfig): void {
  const { hidden_size: C, vocab_size: V, initializer_range: normal } = config;
  const { outputs } = bertSizes(config);
  switch (config.architecture) {
    case 'BertForMaskedLM':
      list.add('cls.predictions.bias', [V], 'zeros', { placement: shard(0) });
      dense(list, 'cls.predictions.transform.dense', [C, C], normal);
      list.norm('cls.predictions.transform.LayerNorm', C);
      if (!config.tie_word_embeddings)
        list.add('cls.predictions.decoder.weight', [V, C], normal, { placement: shard(0) });
      return;
    case 'BertForSequenceClassification':
      dense(list, 'bert.pooler.dense', [C, C], normal);
      dense(list, 'classifier', [C, outputs], normal);
      return;
    case 'BertForTokenClassification':
      dense(list, 'classifier', [C, outputs], normal);
      return;
    case 'BertForQuestionAnswering':
      dense(list, 'qa_outputs', [C, 2], normal);
  }
}

/** What the traced programs hold; planner/tensorMap.test.ts compares them. */
function layerActivations(config: BertConfig, { rows: B, tokens: T }: MicroBatchShape): readonly ActivationShape[] {
  const { width: C, heads: H, inner: F, headDim } = bertSizes(config);
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

function headActivations(config: BertConfig, { rows: B, tokens: T }: MicroBatchShape): readonly ActivationShape[] {
  const { outputs, width: C, vocabulary: V } = bertSizes(config);
  const N = B * T;
  const whole = (name: string, ...shape: number[]): ActivationShape => ({ name, shape, placement: REPLICATE });
  const own = (name: string, width: number): ActivationShape => ({ name, shape: [N, width], placement: shard(0) });
  const gathered: ActivationShape = { ...whole('stream', N, C), exchangedAt: 'head' };
  switch (config.architecture) {
    case 'BertForMaskedLM':
      return [
        own('stream', C),
        own('cls.transform.pre', C),
        own('cls.transform.y', C),
        own('cls.transform.LayerNorm.stats', 2),
        { ...whole('cls.transform.LayerNorm.y', N, C), exchangedAt: 'cls.predictions.decoder' },
        { name: 'logits', shape: [N, V], placement: shard(1) },
      ];
    case 'BertForSequenceClassification':
      return [
        whole('pooler.first', B, C),
        whole('pooler.pre', B, C),
        whole('pooler.y', B, C),
        whole('logits', B, outputs),
      ];
    case 'BertForTokenClassification':
      return [gathered, whole('logits', N, outputs)];
    case 'BertForQuestionAnswering':
      return [gathered, whole('logits', outputs * B, T)];
  }
}
