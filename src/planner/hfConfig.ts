// From any Hugging Face config.json that describes a dense transformer to its shape. It reads numbers only; weights and tokenizers are for interop.
// An architecture is a line in the table: which names its fields have, and what it builds that its config does not say.

import * as v from 'valibot';
import { LabError } from '../core/errors';
import { gptShape, llamaShape } from './modelPresets';
import type { TransformerShape } from './transformerShape';

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000_000));
const flag = v.boolean();

const gpt2Fields = v.object({
  vocab_size: count,
  n_positions: count,
  n_embd: count,
  n_layer: count,
  n_head: count,
  n_inner: v.nullish(count),
  tie_word_embeddings: v.optional(flag, true),
});

const bertFields = v.object({
  vocab_size: count,
  max_position_embeddings: count,
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  intermediate_size: count,
  type_vocab_size: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 2),
});

const distilbertFields = v.object({
  vocab_size: count,
  max_position_embeddings: count,
  dim: count,
  n_layers: count,
  n_heads: count,
  hidden_dim: count,
});

const llamaFields = v.object({
  vocab_size: count,
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: v.nullish(count),
  head_dim: v.nullish(count),
  intermediate_size: count,
  tie_word_embeddings: v.optional(flag),
  attention_bias: v.optional(flag),
  mlp_bias: v.optional(flag, false),
});

type Reader = (config: object) => TransformerShape;

const UNNAMED = '';

function gpt2(config: object): TransformerShape {
  const c = checked(gpt2Fields, config);
  const { n_layer: layers, n_embd: width, n_head: heads, vocab_size: vocabulary, n_positions: positions } = c;
  const shape = gptShape(UNNAMED, { layers, width, heads, vocabulary, positions });
  return { ...shape, innerWidth: c.n_inner ?? 4 * width, tied: c.tie_word_embeddings };
}

/** Encoders with their masked-token heads. RoBERTa's two padded positions are stored, and counted. */
function bert(config: object): TransformerShape {
  const c = checked(bertFields, config);
  return encoder({
    layers: c.num_hidden_layers,
    width: c.hidden_size,
    heads: c.num_attention_heads,
    vocabulary: c.vocab_size,
    positions: c.max_position_embeddings,
    innerWidth: c.intermediate_size,
    extraEmbeddings: c.type_vocab_size,
  });
}

function distilbert(config: object): TransformerShape {
  const c = checked(distilbertFields, config);
  return encoder({
    layers: c.n_layers,
    width: c.dim,
    heads: c.n_heads,
    vocabulary: c.vocab_size,
    positions: c.max_position_embeddings,
    innerWidth: c.hidden_dim,
    extraEmbeddings: 0,
  });
}

function encoder(
  sizes: Pick<
    TransformerShape,
    'layers' | 'width' | 'heads' | 'vocabulary' | 'positions' | 'innerWidth' | 'extraEmbeddings'
  >,
): TransformerShape {
  const shape = gptShape(UNNAMED, sizes);
  return {
    ...shape,
    ...sizes,
    causal: false,
    embeddingNorm: true,
    finalNorm: false,
    headTransform: true,
    headBias: true,
  };
}

interface LlamaTraits {
  /** Where the config does not say. */
  readonly tied: boolean;
  readonly inputBias: boolean;
  readonly headDim?: number;
  readonly headNorms?: boolean;
  readonly normsPerLayer?: number;
}

function llamaLike(traits: LlamaTraits): Reader {
  return (config) => {
    const c = checked(llamaFields, config);
    const { num_hidden_layers: layers, hidden_size: width, num_attention_heads: heads } = c;
    const { intermediate_size: innerWidth, vocab_size: vocabulary } = c;
    const keyValueHeads = c.num_key_value_heads ?? heads;
    const bias = c.attention_bias ?? traits.inputBias;
    return {
      ...llamaShape(UNNAMED, { layers, width, heads, keyValueHeads, innerWidth, vocabulary }),
      headDim: c.head_dim ?? traits.headDim ?? width / heads,
      tied: c.tie_word_embeddings ?? traits.tied,
      attentionBias: bias,
      // Qwen2 has biases on its inputs alone and no field for them.
      attentionOutputBias: c.attention_bias ?? false,
      innerBias: c.mlp_bias,
      headNorms: traits.headNorms ?? false,
      normsPerLayer: traits.normsPerLayer ?? 2,
    };
  };
}

/** Two matrices with biases, LayerNorm, rotated positions. */
function neoxLike(traits: { readonly normsPerLayer: number; readonly headBias: boolean }): Reader {
  return (config) => {
    const c = checked(llamaFields, config);
    const { num_hidden_layers: layers, hidden_size: width, num_attention_heads: heads, vocab_size: vocabulary } = c;
    return {
      ...gptShape(UNNAMED, { layers, width, heads, vocabulary, positions: 0 }),
      ...traits,
      keyValueHeads: c.num_key_value_heads ?? heads,
      headDim: c.head_dim ?? width / heads,
      innerWidth: c.intermediate_size,
      tied: c.tie_word_embeddings ?? false,
    };
  };
}

const llama = llamaLike({ tied: false, inputBias: false });

const readers: Readonly<Record<string, Reader>> = {
  gpt2,
  bert,
  roberta: bert,
  distilbert,
  llama,
  mistral: llama,
  qwen2: llamaLike({ tied: false, inputBias: true }),
  qwen3: llamaLike({ tied: false, inputBias: false, headDim: 128, headNorms: true }),
  gemma: llamaLike({ tied: true, inputBias: false, headDim: 256 }),
  gemma2: llamaLike({ tied: true, inputBias: false, headDim: 256, normsPerLayer: 4 }),
  gpt_neox: neoxLike({ normsPerLayer: 2, headBias: false }),
  phi: neoxLike({ normsPerLayer: 1, headBias: true }),
};

export const supportedArchitectures: readonly string[] = Object.keys(readers);

const headerSchema = v.looseObject({ model_type: v.string(), _name_or_path: v.optional(v.string()) });

/**
 * @param input what JSON.parse made of a config.json
 * @param name what to call the model; left out: the config's own `_name_or_path`, else its architecture
 * @throws LabError `config.invalid` naming the field, `model.unsupported` naming what is supported
 */
export function shapeFromHuggingFace(input: unknown, name?: string): TransformerShape {
  const header = v.safeParse(headerSchema, input);
  if (!header.success)
    throw new LabError({
      code: 'config.invalid',
      message: 'This is not a Hugging Face config.json: it has no model_type.',
      advice: `model_type names the architecture: ${supportedArchitectures.join(', ')}.`,
    });
  const { model_type: architecture, _name_or_path: path } = header.output;
  if (!Object.hasOwn(readers, architecture))
    throw new LabError({
      code: 'model.unsupported',
      message: `The planner does not know the architecture ${architecture.slice(0, 60)}.`,
      why: 'Parameters, operations and activations follow from how the layers are built.',
      advice: `It knows model_type ${supportedArchitectures.join(', ')}.`,
    });
  for (const field of ['num_local_experts', 'num_experts', 'n_routed_experts'])
    if (Object.hasOwn(header.output, field))
      throw new LabError({
        code: 'model.unsupported',
        message: `The planner does not know mixtures of experts (${field}).`,
        advice: 'It plans dense transformers.',
      });
  const shape = readers[architecture](header.output);
  if (!Number.isInteger(shape.headDim))
    throw invalid('num_attention_heads', `${shape.heads}`, `a divisor of the width ${shape.width}`);
  if (shape.heads % shape.keyValueHeads !== 0)
    throw invalid('num_key_value_heads', `${shape.keyValueHeads}`, `a divisor of the ${shape.heads} heads`);
  return { ...shape, name: name ?? (path || architecture) };
}

function checked<const S extends v.GenericSchema>(schema: S, config: object): v.InferOutput<S> {
  const result = v.safeParse(schema, config);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw invalid(v.getDotPath(issue) ?? '', issue.received, issue.expected ?? issue.message);
}

function invalid(field: string, got: string, expected: string): LabError {
  return new LabError({
    code: 'config.invalid',
    message: `${field} of the config.json cannot be used.`,
    why: `It is ${got === 'undefined' ? 'missing' : got} and must be ${expected}.`,
  });
}
