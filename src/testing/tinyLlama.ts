// Llama and its relatives at sizes that a software adapter trains in milliseconds, and conformance cases that their float64 twin made. Test-only.

import * as v from 'valibot';
import type { GoldenCase } from '../check/goldenCase';
import {
  type LlamaConfig,
  llamaConfigSchema,
  mistralConfigSchema,
  qwen2ConfigSchema,
  qwen3ConfigSchema,
} from '../core/models/llama';
import { initialWeights } from '../model/initialize';
import { countTargets, nextTokenTargets } from '../reference/gpt2';
import { llamaBackward, llamaForward } from '../reference/llama';
import { tinyTrain } from './tinyRun';
import { namedTensors, twinHyperparameters, twinOutputs } from './twinOutputs';

const sizes = {
  vocab_size: 13,
  hidden_size: 10,
  intermediate_size: 7,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 6,
  max_position_embeddings: 12,
  initializer_range: 0.3,
  tie_word_embeddings: false,
};
const slides = { use_sliding_window: true, sliding_window: 3, max_window_layers: 1 };

/** What each has that the others have not. */
export const tinyLlamas: readonly (readonly [what: string, config: LlamaConfig])[] = [
  ['llama', v.parse(llamaConfigSchema, { ...sizes, model_type: 'llama' })],
  [
    'llama with biases, tied, scaled positions',
    v.parse(llamaConfigSchema, {
      ...sizes,
      model_type: 'llama',
      attention_bias: true,
      mlp_bias: true,
      tie_word_embeddings: true,
      rope_type: 'llama3',
      rope_theta: 100,
      rope_factor: 4,
      rope_original_positions: 8,
    }),
  ],
  ['qwen2', v.parse(qwen2ConfigSchema, { ...sizes, ...slides, model_type: 'qwen2' })],
  ['qwen3', v.parse(qwen3ConfigSchema, { ...sizes, model_type: 'qwen3', num_attention_heads: 6, head_dim: 8 })],
  ['mistral', v.parse(mistralConfigSchema, { ...sizes, model_type: 'mistral', sliding_window: 4 })],
];

const ROWS = 3;
const TOKENS = 9;
const PROMPT = [1, 4, 2];
const CONTINUED = 6;

/** Norms of ones and biases of zeros would hide what reads the wrong one. */
function weightsOf(config: LlamaConfig): Map<string, Float32Array> {
  return new Map(
    [...initialWeights(config, 5)].map(([name, values]) => [
      name,
      name.endsWith('norm.weight') || name.endsWith('.bias')
        ? values.map((value, i) => value + 0.3 * Math.sin(i + name.length))
        : values,
    ]),
  );
}

function greedy(config: LlamaConfig, weights: ReadonlyMap<string, Float64Array>): number[] {
  const text = [...PROMPT];
  while (text.length < PROMPT.length + CONTINUED) {
    const whole = { tokens: Int32Array.from(text), batch: 1, sequenceLength: text.length };
    const row = llamaForward(config, weights, whole).logits.subarray(-config.vocab_size);
    text.push(row.reduce((best, value, id) => (value > row[best] ? id : best), 0));
  }
  return text.slice(PROMPT.length);
}

/** Outputs, gradients and a greedy continuation; no training, whose optimiser no family changes. */
export function tinyLlamaCase(config: LlamaConfig): GoldenCase {
  const parameters = weightsOf(config);
  const wide = new Map([...parameters].map(([name, values]) => [name, Float64Array.from(values)]));
  const inputs = Int32Array.from({ length: ROWS * TOKENS }, (_, i) => (i * i + 2) % config.vocab_size);
  const labels = inputs.map((id, i) => (i % 5 === 4 ? -100 : id));
  const batch = { tokens: inputs, batch: ROWS, sequenceLength: TOKENS };
  const targets = nextTokenTargets(labels, TOKENS);
  const forward = llamaForward(config, wide, batch);
  const backward = llamaBackward(config, wide, batch, forward, targets, countTargets(targets));
  const train = { ...tinyTrain, batchSize: ROWS, sequenceLength: TOKENS, warmupSteps: 0 };
  return {
    config,
    parameters,
    rows: ROWS,
    tokens: TOKENS,
    batch: { inputs, labels: [labels] },
    trainBatches: [],
    outputs: twinOutputs(forward, backward),
    trained: namedTensors(wide),
    expect: {
      hp: twinHyperparameters(train),
      greedy: { prompt: PROMPT, tokens: greedy(config, wide) },
      train: { losses: [], grad_norms: [], lrs: [] },
    },
    train,
  };
}
