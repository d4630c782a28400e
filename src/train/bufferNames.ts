// Names of the buffers that a rank fills or reads beside its arenas.

export const bufferNames = {
  tokens: 'tokens',
  targets: 'targets',
  order: 'token order',
  starts: 'token starts',
  metrics: 'metrics',
  evaluation: 'evaluation loss',
  sampleTokens: 'sample tokens',
} as const;
