// Which tensors transformers looks for in a folder, by architecture, from config.json alone: the test's own list, so that a mistake in the
// lab's shapes shows. Judged by the golden folders, which transformers wrote. Test only.

type Config = Readonly<Record<string, unknown>>;
type Shapes = Map<string, readonly number[]>;

function size(config: Config, field: string): number {
  const value = config[field];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    throw new Error(`config.json: ${field} is ${String(value)}`);
  return value;
}

function optional(config: Config, field: string, fallback: number): number {
  return config[field] === undefined || config[field] === null ? fallback : size(config, field);
}

function linear(shapes: Shapes, name: string, outputs: number, inputs: number, bias = true): void {
  shapes.set(`${name}.weight`, [outputs, inputs]);
  if (bias) shapes.set(`${name}.bias`, [outputs]);
}

function norm(shapes: Shapes, name: string, width: number): void {
  shapes.set(`${name}.weight`, [width]);
  shapes.set(`${name}.bias`, [width]);
}

function gpt2(config: Config): Shapes {
  const [vocabulary, positions, width] = ['vocab_size', 'n_positions', 'n_embd'].map((field) => size(config, field));
  const inner = optional(config, 'n_inner', 4 * width);
  const shapes: Shapes = new Map();
  shapes.set('transformer.wte.weight', [vocabulary, width]);
  shapes.set('transformer.wpe.weight', [positions, width]);
  for (let layer = 0; layer < size(config, 'n_layer'); layer++) {
    const block = `transformer.h.${layer}`;
    norm(shapes, `${block}.ln_1`, width);
    norm(shapes, `${block}.ln_2`, width);
    // Conv1D keeps [in, out].
    for (const [name, inputs, outputs] of [
      ['attn.c_attn', width, 3 * width],
      ['attn.c_proj', width, width],
      ['mlp.c_fc', width, inner],
      ['mlp.c_proj', inner, width],
    ] as const) {
      shapes.set(`${block}.${name}.weight`, [inputs, outputs]);
      shapes.set(`${block}.${name}.bias`, [outputs]);
    }
  }
  norm(shapes, 'transformer.ln_f', width);
  if (config['tie_word_embeddings'] === false) shapes.set('lm_head.weight', [vocabulary, width]);
  return shapes;
}

/** BERT and RoBERTa: the same but for the first part of the names. */
function bert(config: Config, pooled: boolean, base = 'bert'): Shapes {
  const width = size(config, 'hidden_size');
  const inner = size(config, 'intermediate_size');
  const shapes: Shapes = new Map();
  shapes.set(`${base}.embeddings.word_embeddings.weight`, [size(config, 'vocab_size'), width]);
  shapes.set(`${base}.embeddings.position_embeddings.weight`, [size(config, 'max_position_embeddings'), width]);
  shapes.set(`${base}.embeddings.token_type_embeddings.weight`, [size(config, 'type_vocab_size'), width]);
  norm(shapes, `${base}.embeddings.LayerNorm`, width);
  for (let layer = 0; layer < size(config, 'num_hidden_layers'); layer++) {
    const block = `${base}.encoder.layer.${layer}`;
    for (const name of ['query', 'key', 'value']) linear(shapes, `${block}.attention.self.${name}`, width, width);
    linear(shapes, `${block}.attention.output.dense`, width, width);
    norm(shapes, `${block}.attention.output.LayerNorm`, width);
    linear(shapes, `${block}.intermediate.dense`, inner, width);
    linear(shapes, `${block}.output.dense`, width, inner);
    norm(shapes, `${block}.output.LayerNorm`, width);
  }
  if (pooled) linear(shapes, `${base}.pooler.dense`, width, width);
  return shapes;
}

function roberta(config: Config): Shapes {
  return bert(config, false, 'roberta');
}

function distilbert(config: Config): Shapes {
  const [width, inner] = [size(config, 'dim'), size(config, 'hidden_dim')];
  const shapes: Shapes = new Map();
  shapes.set('distilbert.embeddings.word_embeddings.weight', [size(config, 'vocab_size'), width]);
  shapes.set('distilbert.embeddings.position_embeddings.weight', [size(config, 'max_position_embeddings'), width]);
  norm(shapes, 'distilbert.embeddings.LayerNorm', width);
  for (let layer = 0; layer < size(config, 'n_layers'); layer++) {
    const block = `distilbert.transformer.layer.${layer}`;
    for (const name of ['q_lin', 'k_lin', 'v_lin', 'out_lin'])
      linear(shapes, `${block}.attention.${name}`, width, width);
    norm(shapes, `${block}.sa_layer_norm`, width);
    linear(shapes, `${block}.ffn.lin1`, inner, width);
    linear(shapes, `${block}.ffn.lin2`, width, inner);
    norm(shapes, `${block}.output_layer_norm`, width);
  }
  return shapes;
}

function labels(config: Config): number {
  const names = config['id2label'];
  return typeof names === 'object' && names !== null ? Object.keys(names).length : 2;
}

function llama(config: Config): Shapes {
  const [vocabulary, width, heads, inner] = [
    'vocab_size',
    'hidden_size',
    'num_attention_heads',
    'intermediate_size',
  ].map((field) => size(config, field));
  const headWidth = optional(config, 'head_dim', width / heads);
  const keyHeads = optional(config, 'num_key_value_heads', heads);
  const attentionBias = config['attention_bias'] === true;
  const mlpBias = config['mlp_bias'] === true;
  const shapes: Shapes = new Map();
  shapes.set('model.embed_tokens.weight', [vocabulary, width]);
  for (let layer = 0; layer < size(config, 'num_hidden_layers'); layer++) {
    const block = `model.layers.${layer}`;
    shapes.set(`${block}.input_layernorm.weight`, [width]);
    shapes.set(`${block}.post_attention_layernorm.weight`, [width]);
    linear(shapes, `${block}.self_attn.q_proj`, heads * headWidth, width, attentionBias);
    for (const name of ['k_proj', 'v_proj'])
      linear(shapes, `${block}.self_attn.${name}`, keyHeads * headWidth, width, attentionBias);
    linear(shapes, `${block}.self_attn.o_proj`, width, heads * headWidth, attentionBias);
    for (const name of ['gate_proj', 'up_proj']) linear(shapes, `${block}.mlp.${name}`, inner, width, mlpBias);
    linear(shapes, `${block}.mlp.down_proj`, width, inner, mlpBias);
  }
  shapes.set('model.norm.weight', [width]);
  if (config['tie_word_embeddings'] !== true) shapes.set('lm_head.weight', [vocabulary, width]);
  return shapes;
}

/** `model_type` and tensors of each architecture that the tests know. */
const architectures: Readonly<
  Record<string, { readonly modelType: string; readonly tensors: (config: Config) => Shapes }>
> = {
  GPT2LMHeadModel: { modelType: 'gpt2', tensors: gpt2 },
  BertForMaskedLM: {
    modelType: 'bert',
    tensors(config) {
      const shapes = bert(config, false);
      const width = size(config, 'hidden_size');
      shapes.set('cls.predictions.bias', [size(config, 'vocab_size')]);
      linear(shapes, 'cls.predictions.transform.dense', width, width);
      norm(shapes, 'cls.predictions.transform.LayerNorm', width);
      return shapes;
    },
  },
  BertForSequenceClassification: {
    modelType: 'bert',
    tensors(config) {
      const shapes = bert(config, true);
      linear(shapes, 'classifier', labels(config), size(config, 'hidden_size'));
      return shapes;
    },
  },
  BertForTokenClassification: {
    modelType: 'bert',
    tensors(config) {
      const shapes = bert(config, false);
      linear(shapes, 'classifier', labels(config), size(config, 'hidden_size'));
      return shapes;
    },
  },
  BertForQuestionAnswering: {
    modelType: 'bert',
    tensors(config) {
      const shapes = bert(config, false);
      linear(shapes, 'qa_outputs', 2, size(config, 'hidden_size'));
      return shapes;
    },
  },
  DistilBertForMaskedLM: {
    modelType: 'distilbert',
    tensors(config) {
      const shapes = distilbert(config);
      const width = size(config, 'dim');
      linear(shapes, 'vocab_transform', width, width);
      norm(shapes, 'vocab_layer_norm', width);
      shapes.set('vocab_projector.bias', [size(config, 'vocab_size')]);
      return shapes;
    },
  },
  DistilBertForSequenceClassification: {
    modelType: 'distilbert',
    tensors(config) {
      const shapes = distilbert(config);
      const width = size(config, 'dim');
      linear(shapes, 'pre_classifier', width, width);
      linear(shapes, 'classifier', labels(config), width);
      return shapes;
    },
  },
  DistilBertForTokenClassification: {
    modelType: 'distilbert',
    tensors(config) {
      const shapes = distilbert(config);
      linear(shapes, 'classifier', labels(config), size(config, 'dim'));
      return shapes;
    },
  },
  DistilBertForQuestionAnswering: {
    modelType: 'distilbert',
    tensors(config) {
      const shapes = distilbert(config);
      linear(shapes, 'qa_outputs', 2, size(config, 'dim'));
      return shapes;
    },
  },
  RobertaForMaskedLM: {
    modelType: 'roberta',
    tensors(config) {
      const shapes = roberta(config);
      const width = size(config, 'hidden_size');
      linear(shapes, 'lm_head.dense', width, width);
      norm(shapes, 'lm_head.layer_norm', width);
      shapes.set('lm_head.bias', [size(config, 'vocab_size')]);
      return shapes;
    },
  },
  RobertaForSequenceClassification: {
    modelType: 'roberta',
    tensors(config) {
      const shapes = roberta(config);
      const width = size(config, 'hidden_size');
      linear(shapes, 'classifier.dense', width, width);
      linear(shapes, 'classifier.out_proj', labels(config), width);
      return shapes;
    },
  },
  RobertaForTokenClassification: {
    modelType: 'roberta',
    tensors(config) {
      const shapes = roberta(config);
      linear(shapes, 'classifier', labels(config), size(config, 'hidden_size'));
      return shapes;
    },
  },
  RobertaForQuestionAnswering: {
    modelType: 'roberta',
    tensors(config) {
      const shapes = roberta(config);
      linear(shapes, 'qa_outputs', 2, size(config, 'hidden_size'));
      return shapes;
    },
  },
  LlamaForCausalLM: { modelType: 'llama', tensors: llama },
};

/** @throws Error for an architecture that is not known here, or a config without a size that it needs */
export function expectedTensors(
  architecture: string,
  config: Config,
): { readonly modelType: string; readonly tensors: ReadonlyMap<string, readonly number[]> } {
  const known = Object.hasOwn(architectures, architecture) ? architectures[architecture] : undefined;
  if (known === undefined) throw new Error(`the strict reader does not know the architecture ${architecture}`);
  return { modelType: known.modelType, tensors: known.tensors(config) };
}
