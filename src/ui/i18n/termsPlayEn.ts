// Short definitions of the terms of the Play view, in English: [name, definition]. Part of termsEn.

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsPlayEn = {
  playMaxTokens: term('New tokens', 'The text ends after so many new tokens, unless something ends it before.'),
  playTemperature: term(
    'Temperature',
    'Logits are divided by it before the draw: below 1 likely tokens gain, above 1 rare ones do. 0 always takes the likeliest.',
  ),
  playTopK: term('Top-k', 'Only so many of the likeliest tokens may be drawn. 0 leaves all of them.'),
  playTopP: term(
    'Top-p',
    'Only the fewest likeliest tokens that have this much probability together may be drawn. 1 leaves all of them.',
  ),
  playMinP: term(
    'Min-p',
    'Only tokens with at least this share of the likeliest token’s probability may be drawn. 0 leaves all of them.',
  ),
  playRepetitionPenalty: term(
    'Repetition penalty',
    'Logits of tokens that the text already has are divided by it, or multiplied where negative. 1 changes nothing.',
  ),
  playBeams: term(
    'Beams',
    "Above 1, the likeliest text that so many side by side find, in place of tokens drawn one by one. The draw's settings then change nothing.",
  ),
  playDraftTokens: term(
    'Drafted tokens',
    'Above 0, the model’s own copy in int4 proposes so many tokens at once and the model judges them in one pass: the text is distributed as without.',
  ),
  playAccepted: term('Accepted', 'How many of the tokens that the draft proposed the model took.'),
  playSeed: term('Seed', 'Where the random draws begin. The same prompt, settings and seed give the same text again.'),
  playStop: term('Stop strings', 'The text ends before any of these.'),
  playLogitBias: term(
    'Logit bias',
    'Added to the logit of a token before anything else: −100 forbids it, 100 forces it, small values nudge.',
  ),
  playPrefill: term(
    'Prefill',
    'The prompt goes through the model many tokens at a time, up to the first new token. Measured, without compiling.',
  ),
  playDecode: term('Decode', 'The speed of new tokens after the first, one at a time through the model. Measured.'),
  playCache: term(
    'KV cache',
    'Keys and values of every token that the model sees, kept so that a new token need not read the text again.',
  ),
  playSurprise: term(
    'Surprise',
    'How unlikely the model found a token: the negative base-2 logarithm of its probability. 0 bits was certain; each bit halves it.',
  ),
  playNextToken: term(
    'Next-token distribution',
    'The probability that the model gives to each token of its vocabulary as the next one, after the text up to here.',
  ),
  playQuantization: term(
    'Quantisation',
    'Weights as whole numbers of 8 or 4 bits and a scale: one scale an output channel (int8), or one for each group of inputs (int4).',
  ),
  playPruning: term(
    'Pruning',
    'Weights set to zero: those of least magnitude, or two of every four neighbours (2:4), which sparse hardware can skip.',
  ),
  playDistillation: term(
    'Distillation',
    'A smaller student learns from the probabilities that a larger teacher gives to every next token, and from the text itself.',
  ),
  playDistilTemperature: term(
    'Temperature',
    'Logits of teacher and student are divided by it in the loss: above 1, the teacher’s unlikely tokens count for more.',
  ),
  playDistilShare: term('Teacher’s share', 'Of the loss that the student is trained on; the rest is the text’s own.'),
  playPerplexityChange: term('Change', 'Perplexity on the held-out text against the model as it was. Up is worse.'),
  readMask: term(
    'Gap',
    'A hidden word: the model was trained to find it from the words on both sides. Probabilities are over its whole vocabulary.',
  ),
  readScore: term(
    'Score',
    'The probability that the answer starts where it does, times that it ends where it does, over the places of the text.',
  ),
  readSimilarity: term(
    'Similarity',
    'Cosine of the vectors of two texts: 1 the same direction, 0 unrelated. A model that was not trained for it says little.',
  ),
  playFinish: term('End', 'Why the text ended.'),
  playTokens: term('Tokens', 'The pieces of text that the model reads and writes.'),
} satisfies Record<string, TermText>;
