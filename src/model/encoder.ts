// The layers of BERT and its relatives as transformers computes them: post-LN blocks with separate query, key and value, full attention that does
// not see padding, and a head for each task. What a family names and leaves out is its EncoderModel's; which layers come in which order is
// modelStack.ts's. Labels of the trace are the same for all of them.

import { besideModule, type EncoderModel } from '../core/models/encoderModel';
import type { Tensor } from '../gpu/graph';
import type { LayerTracer, TokenInputs } from './layerTracer';
import type { AttentionState, LossGoal, ModelLayers } from './modelLayers';
import { sharedLoss } from './sharedLoss';
import { vocabularyLoss } from './vocabularyLoss';

export class EncoderLayers implements ModelLayers {
  pooled: Tensor | null = null;

  constructor(
    private readonly model: EncoderModel,
    private readonly tracer: LayerTracer,
  ) {}

  private scope(scope: string): void {
    this.tracer.trace.scope = scope;
  }

  private norm(x: Tensor, name: string, keep: readonly string[] = []): Tensor {
    return this.tracer.layerNorm(x, name, this.model.epsilon, keep);
  }

  private dropped(x: Tensor, probability: number, module: string): Tensor {
    const chance = this.tracer.chance(probability);
    return chance > 0 ? this.tracer.dropout(x, undefined, chance, module) : x;
  }

  embedding(inputs: TokenInputs): Tensor {
    const { tracer, model } = this;
    const { sizes, names, dropout } = model;
    const { trace } = tracer;
    const { embeddings } = names;
    this.scope('embeddings.');
    const words = trace.parameter(`${embeddings}.word_embeddings.weight`);
    const positions = trace.parameter(`${embeddings}.position_embeddings.weight`);
    const counted = sizes.paddingPosition !== null;
    const embedded = tracer.embedding(inputs, words, counted ? undefined : positions, sizes.vocabulary);
    const placed = counted ? tracer.positioned(embedded, inputs, positions) : embedded;
    const x =
      sizes.tokenTypes > 0
        ? tracer.typed(placed, inputs, trace.parameter(`${embeddings}.token_type_embeddings.weight`))
        : placed;
    const normed = this.norm(x, `${embeddings}.LayerNorm`, tracer.kept);
    return this.dropped(normed, dropout.hidden, `${embeddings}.dropout`);
  }

  block(x: Tensor, layer: number): { readonly x: Tensor; readonly attention: AttentionState } {
    const { tracer, model } = this;
    const { activation, names, dropout } = model;
    const whole = (module: string): string => `${names.layers}.${layer}.${module}`;
    this.scope(`h.${layer}.attention.self.`);
    const joined = tracer.joinedProjection([names.query, names.key, names.value].map(whole));
    const qkv = tracer.into(x, joined, null, tracer.kept).y;
    const { out, lse } = tracer.attention(qkv, model.sizes, {
      causal: false,
      dropout: dropout.attention,
      module: whole(besideModule(names.query, 'dropout')),
    });

    this.scope(`h.${layer}.attention.output.dense.`);
    const project = (name: string) => tracer.projection(whole(name), 'linear');
    const droppedAs = (probability: number, module: string) => ({
      probability,
      module: whole(besideModule(module, 'dropout')),
    });
    const afterAttention = droppedAs(dropout.attended, names.attended);
    const beforeMiddle = tracer.onto(x, out, project(names.attended), afterAttention, null);
    this.scope(`h.${layer}.attention.output.LayerNorm.`);
    const middle = this.norm(beforeMiddle, whole(names.attendedNorm));

    this.scope(`h.${layer}.intermediate.`);
    const hidden = tracer.into(middle, project(names.inner), activation, []);
    this.scope(`h.${layer}.output.dense.`);
    const activated = { pre: hidden.pre, activation };
    const last = droppedAs(dropout.hidden, names.outer);
    const beforeOutput = tracer.onto(middle, hidden.y, project(names.outer), last, activated);
    this.scope(`h.${layer}.output.LayerNorm.`);
    const result = this.norm(beforeOutput, whole(names.outerNorm), tracer.kept);
    return { x: result, attention: { qkv, lse } };
  }

  finish(x: Tensor): Tensor {
    return x;
  }

  tokenLogits(final: Tensor): Tensor | null {
    return this.model.task === 'masked-lm' ? this.maskedLogits(final) : null;
  }

  loss(final: Tensor, goal: LossGoal): Tensor {
    const { tracer, model } = this;
    if (model.task === 'masked-lm') {
      const logits = this.maskedLogits(final);
      vocabularyLoss(tracer, logits, model.sizes.vocabulary, goal);
      return logits;
    }
    this.scope('head.');
    const logits = this.labelLogits(tracer.gathered(final));
    sharedLoss(tracer, logits, goal);
    return logits;
  }

  /** [N, own V]: the transform is of the rank's own rows, the decoder of its own part of the vocabulary. */
  private maskedLogits(final: Tensor): Tensor {
    const { tracer, model } = this;
    const { names } = model;
    this.scope('cls.predictions.transform.');
    const transform = tracer.projection(names.transform, 'linear');
    const dense = tracer.product(final, transform, model.transformActivation, []).y;
    const normed = this.norm(dense, names.transformNorm);
    this.scope('cls.predictions.decoder.');
    const decoder = model.tied ? `${names.embeddings}.word_embeddings` : names.decoder;
    const weight = tracer.trace.parameter(`${decoder}.weight`);
    const bias = tracer.trace.parameter(names.decoderBias);
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
    const { tracer, model } = this;
    const { names, dropout } = model;
    const { trace, shape } = tracer;
    if (model.task === 'question-answering') {
      const dropped = tracer.droppedRows(hidden, dropout.spans, 'dropout', shape.tokens);
      const pairs = tracer.product(dropped, tracer.projection('qa_outputs', 'linear'), null, []).y;
      const spans = trace.apply('transpose', { x: pairs }, {}, this.keptLogits).y;
      return trace.reshaped(spans, [2 * shape.batch, shape.tokens]);
    }
    const classifier = tracer.projection(names.classifier, 'linear');
    if (model.task === 'token-classification') {
      const dropped = tracer.droppedRows(hidden, dropout.token, 'dropout', shape.tokens);
      return tracer.product(dropped, classifier, null, this.keptLogits).y;
    }
    const first = trace.apply('firstRows', { x: hidden }, { stride: shape.tokens }).y;
    const read = tracer.droppedRows(first, dropout.first, 'first dropout', 1);
    const dense = tracer.product(read, tracer.projection(names.first, 'linear'), model.firstActivation, []).y;
    if (model.pools) this.pooled = dense;
    return tracer.product(tracer.droppedRows(dense, dropout.sequence, 'dropout', 1), classifier, null, this.keptLogits)
      .y;
  }
}
