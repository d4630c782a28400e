// Short definitions of the settings of Llama and its relatives, and of BERT, in English: [name, definition]. Part of termsEn.

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsLlamaEn = {
  'model.model_type': term(
    'Family',
    'How the layers are built: GPT-2; BERT, DistilBERT and RoBERTa, which read whole texts; or Llama and its relatives with rotary positions and gated feed-forward parts.',
  ),
  'model.architecture': term(
    'Head',
    'What an encoder is trained to give: hidden tokens, a class, a label a word, or an answer in a text. All but the first need labelled records.',
  ),
  'model.hidden_dropout_prob': term('Dropout', 'Share of values set to zero at random in training.'),
  'model.attention_probs_dropout_prob': term(
    'Attention dropout',
    'Share of attention weights set to zero at random in training.',
  ),
  'model.num_hidden_layers': term(
    'Layers',
    'Transformer blocks stacked on each other, each one attention and one feed-forward part.',
  ),
  'model.hidden_size': term(
    'Width',
    'Numbers that represent one token inside the model. Parameters grow with its square.',
  ),
  'model.intermediate_size': term(
    'Inner width',
    'Width of the feed-forward part: two matrices of this width, or three where it is gated.',
  ),
  'model.n_layers': term(
    'Layers',
    'Transformer blocks stacked on each other, each one attention and one feed-forward part.',
  ),
  'model.dim': term('Width', 'Numbers that represent one token inside the model. Parameters grow with its square.'),
  'model.n_heads': term('Heads', 'Parallel attentions in each layer; they divide the width.'),
  'model.hidden_dim': term('Inner width', 'Width of the feed-forward part: two matrices of this width.'),
  'model.dropout': term('Dropout', 'Share of values set to zero at random in training.'),
  'model.num_attention_heads': term('Query heads', 'Parallel attentions in each layer, each with queries of its own.'),
  'model.num_key_value_heads': term(
    'Key and value heads',
    'Groups of query heads share one of these, which makes the cache of generation smaller. Empty: as many as query heads.',
  ),
  'model.head_dim': term(
    'Head width',
    'Numbers that a head gives a query, a key and a value; even. Empty: the width divided by the query heads.',
  ),
  'model.max_position_embeddings': term(
    'Context length',
    'Most tokens the model sees at once: learned positions of an encoder, of which RoBERTa keeps the first for padding; in Llama they turn the heads.',
  ),
  'model.rms_norm_eps': term('Norm epsilon', 'Small number that keeps RMS norm from dividing by zero.'),
  'model.attention_dropout': term('Attention dropout', 'Share of attention weights set to zero at random in training.'),
  'model.rope_theta': term(
    'Rotary base',
    'Pairs of dims turn with the position, from one radian a token down to about one over this number.',
  ),
  'model.rope_type': term(
    'Rotary scaling',
    'Slows the turning down for longer contexts: all pairs alike (linear), or only the slow ones (Llama 3).',
  ),
  'model.rope_factor': term('Scaling factor', 'What the frequencies of the slowed pairs are divided by.'),
  'model.rope_low_freq_factor': term(
    'Slow band',
    'Pairs that turn fewer times than this within the original context are slowed by the whole factor.',
  ),
  'model.rope_high_freq_factor': term(
    'Fast band',
    'Pairs that turn more often than this within the original context keep their speed.',
  ),
  'model.rope_original_positions': term(
    'Original context',
    'Context length that the frequencies were made for, before they were scaled.',
  ),
  'model.attention_bias': term('Attention biases', 'Adds a learned vector to queries, keys, values and their output.'),
  'model.mlp_bias': term('Feed-forward biases', 'Adds a learned vector to each product of the feed-forward part.'),
  'model.use_sliding_window': term('Windows', 'Lets some layers see only the last tokens.'),
  'model.sliding_window': term(
    'Window',
    'Tokens that a layer with a window sees, the newest among them. Empty: all of them.',
  ),
  'model.max_window_layers': term('First window layer', 'Layers from this one on have the window.'),
} as const;
