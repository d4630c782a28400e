// GPT-2 over whole sequences, as a function on symbolic tensors: whole, or the layers of one pipeline stage, or one tensor-parallel part of
// either. It knows nothing of devices, workers or training loops.

import { partOf } from '../core/partition';
import type { Gpt2Config } from '../core/runConfig';
import type { Tensor } from '../gpu/graph';
import type { Trace } from '../gpu/trace';
import type { StageSpan } from '../parallel/stages';
import { type BatchShape, Gpt2Tracer, type TensorSplit, type TokenInputs, type TraceOptions } from './gpt2Layers';

/** Which of the model a trace computes. With several parts the stream between layers is divided by rows (sequence parallelism). */
export interface ModelPart {
  readonly stage: StageSpan;
  readonly split: TensorSplit;
}

export interface Gpt2Outputs {
  /** Input of each block of the stage, then the final norm's output where the stage has it: transformers' hidden_states. */
  readonly hiddenStates: readonly Tensor[];
  /** [own rows, C]: after the final norm, or what the next stage gets. */
  readonly final: Tensor;
  /** Of each block: the packed projections of the rank's own heads and the log-sum-exp, from which attention weights follow. */
  readonly attentions: readonly { readonly qkv: Tensor; readonly lse: Tensor }[];
}

/**
 * Records one part from its input to its output.
 * @param source tokens [N] where the stage embeds them, else what the stage before sent: [own rows, C]
 */
export function traceGpt2(
  trace: Trace,
  config: Gpt2Config,
  shape: BatchShape,
  source: TokenInputs | Tensor,
  options: TraceOptions,
  { stage, split }: ModelPart,
): Gpt2Outputs {
  const tracer = new Gpt2Tracer(trace, config, shape, options, split);
  trace.scope = '';
  let x = 'tokens' in source ? tracer.embedding(source) : source;
  const hiddenStates: Tensor[] = [];
  const attentions: { qkv: Tensor; lse: Tensor }[] = [];
  for (let layer = stage.firstLayer; layer < stage.endLayer; layer++) {
    hiddenStates.push(x);
    const block = tracer.block(x, layer);
    attentions.push({ qkv: block.qkv, lse: block.lse });
    x = block.x;
  }
  if (stage.head) {
    x = tracer.finalNorm(x);
    hiddenStates.push(x);
  }
  trace.scope = '';
  return { hiddenStates, final: x, attentions };
}

/** Logits [rows, own V] of the language-model head, tied to the token embedding or not. `hidden` has all rows. */
export function traceHead(
  trace: Trace,
  config: Gpt2Config,
  hidden: Tensor,
  options: { readonly keep: boolean },
): Tensor {
  trace.scope = 'lm_head.';
  const weight = trace.parameter(config.tie_word_embeddings ? 'transformer.wte.weight' : 'lm_head.weight');
  const logits = trace.apply(
    'linear',
    { x: hidden, weight, bias: undefined, residual: undefined, xPre: undefined },
    { layout: 'linear', activation: null, xActivation: null },
    options.keep ? ['y'] : [],
  ).y;
  trace.scope = '';
  return logits;
}

/**
 * The head and the loss of a stage that ends the model: cross-entropy over the whole vocabulary, or over the ranks' parts of it, whose
 * statistics are exchanged (Shoeybi et al. 2019, section 3). Returns the logits [N, own V], which training overwrites with their gradient.
 */
export function traceLoss(
  trace: Trace,
  config: Gpt2Config,
  shape: BatchShape,
  final: Tensor,
  { targets, loss }: { readonly targets: Tensor; readonly loss: Tensor },
  options: { readonly keep: boolean; readonly gradient: boolean },
  split: TensorSplit,
): Tensor {
  const { gradient } = options;
  if (split.parts === 1) {
    const logits = traceHead(trace, config, final, options);
    trace.apply('crossEntropy', { logits, targets, loss }, { gradient });
    return logits;
  }
  trace.scope = 'ln_f.';
  const whole = new Gpt2Tracer(trace, config, shape, { keep: false, training: false }, split).gathered(final);
  const logits = traceHead(trace, config, whole, options);
  const firstToken = partOf(config.vocab_size, split.parts, split.index).start;
  trace.scope = 'loss.';
  const { statistics } = trace.apply('crossEntropyStatistics', { logits, targets }, { firstToken });
  const gathered = trace.apply(
    'allGather',
    { x: statistics },
    { rows: new Array<number>(split.parts).fill(shape.batch * shape.tokens), index: split.index },
  ).y;
  trace.apply('crossEntropyMerge', { logits, targets, gathered, loss }, { gradient, firstToken });
  trace.scope = '';
  return logits;
}
