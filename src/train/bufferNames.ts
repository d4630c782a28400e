// Names of the buffers that a rank fills or reads beside its arenas.

export const bufferNames = {
  tokens: 'tokens',
  targets: 'targets',
  /** Logits of a model that the one in training learns from. */
  teacher: 'teacher logits',
  order: 'token order',
  starts: 'token starts',
  types: 'token types',
  positions: 'positions',
  positionOrder: 'position order',
  positionStarts: 'position starts',
  mask: 'attention mask',
  /** What the next pipeline stage sends back. */
  outputGradient: 'output gradient',
  metrics: 'metrics',
  evaluation: 'evaluation loss',
} as const;
