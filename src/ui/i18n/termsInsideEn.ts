// Short definitions of the terms of the Inside view, in English: [name, definition]. Part of termsEn.

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsInsideEn = {
  attentionMap: term(
    'Attention',
    'How much of every token a head mixes into each token: a row sums to 1. Causal models see no token to the right.',
  ),
  logitLens: term(
    'Logit lens',
    'What the model would say if it ended after a layer: its own final norm and head, put to that layer’s residual stream.',
  ),
  residualStream: term(
    'Residual stream',
    'The vector of each token that every layer reads from and adds to; the last one is read by the head.',
  ),
  tensorWatch: term(
    'Tensors of a step',
    'Parameters, gradients, moments and activations as they lie on each rank in the middle of a step, looked at by kernels on the device.',
  ),
} satisfies Record<string, TermText>;
