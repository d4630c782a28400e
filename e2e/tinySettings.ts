// The set-up of most product tests, as a link writes it.

/** One layer of width 16 on the lab's own corpus: a step takes milliseconds. */
export const tinySettings = [
  'data.corpus=primer',
  'model.n_layer=1',
  'model.n_embd=16',
  'model.n_head=2',
  'model.n_positions=16',
  'train.sequenceLength=16',
  'train.batchSize=4',
  'train.steps=2000',
  'train.warmupSteps=5',
  'train.learningRate=0.01',
  'train.evalEvery=20',
  'train.evalBatches=1',
  'train.sampleEvery=25',
  'train.sampleTokens=8',
].join('&');
