// The layers of BERT as transformers computes them: post-LN blocks with separate query, key and value, full attention that does not see padding,
// token types, and a head for each task. It knows parameter names; which layers come in which order is modelStack.ts's.

import { type BertConfig, bertSizes } from '../core/models/bert';
import type { Tensor } from '../gpu/graph';
import type { LayerTracer, TokenInputs } from './layerTracer';
import type { AttentionState, LossGoal, ModelLayers } from './modelLayers';
import { sharedLoss } from './sharedLoss';
import { vocabularyLoss } from './vocabularyLoss';

const EMBEDDINGS = 'bert.embeddings';
const PARTS = ['query', 'key', 'value'];

export class BertLayers implements ModelLayers {
  pooled: Tensor | null = null;

  constructor(
    private readonly config: BertConfig,
    private readonly tracer: LayerTracer,
  ) {}

  private scope(scope: string): void {
    this.tracer.trace.scope = scope;
  }

  private norm(x: Tensor, name: string, keep: readonly string[] = []): Tensor {
    return this.tracer.layerNorm(x, name, this.config.layer_norm_eps, keep);
  }

  private dropped(x: Tensor, probability: number, module: string): Tensor {
    const chance = this.tracer.chance(probability);
    return chance > 0 ? this.tracer.dropout(x, undefined, chance, module) : x;
  }

  embedding(inputs: TokenInputs): Tensor {
    const { tracer, config } = this;
    const { trace } = tracer;
    this.scope('embeddings.');
    const words = trace.parameter(`${EMBEDDINGS}.word_embeddings.weight`);
    const positions = trace.parameter(`${EMBEDDINGS}.position_embeddings.weight`);
    const placed = tracer.embedding(inputs, words, positions, config.vocab_size);
    const types = trace.parameter(`${EMBEDDINGS}.token_type_embeddings.weight`);
    const x = tracer.typed(placed, inputs, types);
    const normed = this.norm(x, `${EMBEDDINGS}.LayerNorm`, tracer.kept);
    return this.dropped(normed, config.hidden_dropout_prob, `${EMBEDDINGS}.dropout`);
  }

  block(x: Tensor, layer: number): { readonly x: Tensor; readonly attention: AttentionState } {
    const { tracer, config } = this;
    const { hidden_act: activation, hidden_dropout_prob: probability } = config;
    const prefix = `bert.encoder.layer.${layer}`;
    const self = `${prefix}.attention.self`;
    this.scope(`h.${layer}.attention.self.`);
    const joined = tracer.joinedProjection(PARTS.map((part) => `${self}.${part}`));
    const qkv = tracer.into(x, joined, null, tracer.kept).y;
    const { out, lse } = tracer.attention(qkv, bertSizes(config), {
      causal: false,
      dropout: config.attention_probs_dropout_prob,
      module: `${self}.dropout`,
    });

    const output = `${prefix}.attention.output`;
    this.scope(`h.${layer}.attention.output.dense.`);
    const project = (name: string) => tracer.projection(name, 'linear');
    const dropout = { probability, module: `${output}.dropout` };
    const beforeMiddle = tracer.onto(x, out, project(`${output}.dense`), dropout, null);
    this.scope(`h.${layer}.attention.output.LayerNorm.`);
    const middle = this.norm(beforeMiddle, `${output}.LayerNorm`);

    this.scope(`h.${layer}.intermediate.`);
    const hidden = tracer.into(middle, project(`${prefix}.intermediate.dense`), activation, []);
    this.scope(`h.${layer}.output.dense.`);
    const last = { probability, module: `${prefix}.output.dropout` };
    const activated = { pre: hidden.pre, activation };
    const beforeOutput = tracer.onto(middle, hidden.y, project(`${prefix}.output.dense`), last, activated);
    this.scope(`h.${layer}.output.LayerNorm.`);
    const result = this.norm(beforeOutput, `${prefix}.output.LayerNorm`, tracer.kept);
    return { x: result, attention: { qkv, lse } };
  }

  finish(x: Tensor): Tensor {
    return x;
  }

  tokenLogits(final: Tensor): Tensor | null {
    return this.config.architecture === 'BertForMaskedLM' ? this.maskedLogits(final) : null;
  }

  loss(final: Tensor, goal: LossGoal): Tensor {
    const { tracer, config } = this;
    if (config.architecture === 'BertForMaskedLM') {
      const logits = this.maskedLogits(final);
      vocabularyLoss(tracer, logits, config.vocab_size, goal);
      return logits;
    }
    this.scope('head.');
    const logits = this.labelLogits(tracer.gathered(final));
    sharedLoss(tracer, logits, goal);
    return logits;
  }

  /** [N, own V]: the transform is of the rank's own rows, the decoder of its own part of the vocabulary. */
  private maskedLogits(final: Tensor): Tensor {
    const { tracer, config } = this;
    const transform = 'cls.predictions.transform';
    this.scope('cls.predictions.transform.');
    const dense = tracer.product(final, tracer.projection(`${transform}.dense`, 'linear'), config.hidden_act, []).y;
    const normed = this.norm(dense, `${transform}.LayerNorm`);
    this.scope('cls.predictions.decoder.');
    const decoder = config.tie_word_embeddings ? `${EMBEDDINGS}.word_embeddings` : 'cls.predictions.decoder';
    const weight = tracer.trace.parameter(`${decoder}.weight`);
    const bias = tracer.trace.parameter('cls.predictions.bias');
    return tracer.product(
      tracer.gathered(normed),
      { weight, bias, layout: 'linear', adapters: [] },
      null,
      this.keptLogits,
    ).y;
  }

  private get keptLogits(): readonly string[] {
    return this.tracer.options.keep ? ['y'] : [];
  }

  /** A row an item: [B, labels], [N, labels], or for spans [2, N]. Every tensor-parallel rank computes all of it. */
  private labelLogits(hidden: Tensor): Tensor {
    const { tracer, config } = this;
    const { trace, shape } = tracer;
    const probability = config.classifier_dropout ?? config.hidden_dropout_prob;
    if (config.architecture === 'BertForQuestionAnswering') {
      const pairs = tracer.product(hidden, tracer.projection('qa_outputs', 'linear'), null, []).y;
      const spans = trace.apply('transpose', { x: pairs }, {}, this.keptLogits).y;
      return trace.reshaped(spans, [2 * shape.batch, shape.tokens]);
    }
    const classifier = tracer.projection('classifier', 'linear');
    if (config.architecture === 'BertForTokenClassification') {
      const dropped = tracer.droppedRows(hidden, probability, 'dropout', shape.tokens);
      return tracer.product(dropped, classifier, null, this.keptLogits).y;
    }
    const first = trace.apply('firstRows', { x: hidden }, { stride: shape.tokens }).y;
    const pooled = tracer.product(first, tracer.projection('bert.pooler.dense', 'linear'), 'tanh', []).y;
    this.pooled = pooled;
    return tracer.product(tracer.droppedRows(pooled, probability, 'dropout', 1), classifier, null, this.keptLogits).y;
  }
}
