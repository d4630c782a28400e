// Short definitions of every term and number on the page, in English: [name, definition].
// The keys with a dot are the paths of settings. Sources are in termSources.ts.

import { termsDataEn } from './termsDataEn';
import { termsInsideEn } from './termsInsideEn';
import { termsLlamaEn } from './termsLlamaEn';
import { termsLoraEn } from './termsLoraEn';
import { termsMeshEn } from './termsMeshEn';
import { termsPlannerEn } from './termsPlannerEn';
import { termsPlayEn } from './termsPlayEn';
import { termsRaceEn } from './termsRaceEn';
import { termsScheduleEn } from './termsScheduleEn';
import { termsShardEn } from './termsShardEn';

type TermText = readonly [name: string, definition: string];
const term = (name: string, definition: string): TermText => [name, definition];

export const termsEn = {
  'model.vocab_size': term(
    'Vocabulary',
    'How many different tokens the model can read and write. 0 takes the tokenizer’s own number.',
  ),
  'model.n_positions': term(
    'Context',
    'The longest stretch of text, in tokens, that the model can look back over. Each position has a learned vector.',
  ),
  'model.n_embd': term('Width', 'Numbers that represent one token inside the model. Parameters grow with its square.'),
  'model.n_layer': term(
    'Layers',
    'Transformer blocks stacked on each other, each one attention and one feed-forward part.',
  ),
  'model.n_head': term(
    'Heads',
    'Parallel attentions in each layer; each looks at a slice of the width for its own kind of relation.',
  ),
  'model.n_inner': term(
    'Inner width',
    'Width of the feed-forward part of each layer. Auto means four times the width.',
  ),
  'model.activation_function': term(
    'Activation',
    'The bend between the two halves of the feed-forward part; without one, layers would collapse into a single linear map.',
  ),
  'model.layer_norm_epsilon': term(
    'Norm epsilon',
    'A small number added to the variance, so that layer norm never divides by zero.',
  ),
  'model.initializer_range': term(
    'Initial spread',
    'Standard deviation of the random weights that training starts from.',
  ),
  'model.tie_word_embeddings': term(
    'Tied head',
    'Reads and writes tokens with the same matrix: fewer parameters, and often a better loss.',
  ),
  'model.embd_pdrop': term(
    'Embedding dropout',
    'Share of the embedding that is zeroed at random in training, so that the model does not rely on single numbers.',
  ),
  'model.resid_pdrop': term('Residual dropout', 'Share of each layer’s output that is zeroed at random in training.'),
  'model.attn_pdrop': term('Attention dropout', 'Share of attention weights that is zeroed at random in training.'),
  'data.corpus': term(
    'Text',
    'What the model learns from: Moby-Dick, the lab’s own primer, a text of yours, your labelled records (one JSON object a line), or examples of a task whose answers can be checked.',
  ),
  'data.tokenizer': term(
    'Tokenizer',
    'How text becomes numbers: one a character, one a UTF-8 byte, the pieces of a tokenizer.json, or WordPieces learnt from the text.',
  ),
  'data.vocabulary': term(
    'Vocabulary at most',
    'Tokens that a trained tokenizer may have: more of them make shorter sequences and a larger embedding.',
  ),
  'data.validationFraction': term(
    'Held-out share',
    'Share of the text, from its end, that is never trained on: it tells learning from memorising.',
  ),
  'train.steps': term('Steps', 'How many times the weights are updated in this run.'),
  'train.batchSize': term('Batch', 'Sequences behind one update. More give a steadier gradient and take longer.'),
  'train.microBatches': term(
    'Micro-batches',
    'The batch is computed in this many parts whose gradients are summed: the same update with less memory.',
  ),
  'train.sequenceLength': term('Sequence', 'Tokens in each training sequence, at most the context.'),
  'train.documents': term(
    'Documents',
    'A sequence of shards holds parts of several documents. Joined, a token sees all that come before it in the sequence; apart, only those of its own document.',
  ),
  'train.optimizer': term(
    'Optimiser',
    'The rule that turns a gradient into an update. AdamW scales each weight’s step; SGD follows momentum alone; Muon orthogonalises the update of each matrix.',
  ),
  'train.learningRate': term(
    'Learning rate',
    'Size of an update at its peak. Too large and the loss jumps; too small and it crawls.',
  ),
  'train.minLearningRate': term('Final rate', 'The learning rate that the schedule ends on.'),
  'train.lrSchedule': term(
    'Schedule',
    'How the learning rate falls after warm-up: not at all, in a line, along a cosine, or flat with a decay at the end (WSD).',
  ),
  'train.warmupSteps': term('Warm-up', 'Steps over which the learning rate rises from zero: early gradients are wild.'),
  'train.decaySteps': term('Decay steps', 'Length of the final descent of the WSD schedule.'),
  'train.beta1': term('Beta 1', 'How long AdamW remembers the direction of past gradients: 0.9 is about ten steps.'),
  'train.beta2': term('Beta 2', 'How long AdamW remembers the size of past gradients: 0.95 is about twenty steps.'),
  'train.epsilon': term('Epsilon', 'Keeps AdamW’s division safe where gradients are almost zero.'),
  'train.weightDecay': term(
    'Weight decay',
    'Pulls matrices a little towards zero at each step, apart from the gradient. Biases and norms are left alone.',
  ),
  'train.momentum': term('Momentum', 'How much of the last update SGD and Muon carry into the next one.'),
  'train.clipNorm': term(
    'Clip norm',
    'If the gradient of the whole model is longer than this, it is shortened to it. 0 never clips.',
  ),
  'train.seed': term(
    'Seed',
    'Where all random numbers come from. The same seed and settings give the same losses to the last bit.',
  ),
  'train.evalEvery': term('Evaluate every', 'Steps between measurements on held-out text. 0 never does.'),
  'train.evalBatches': term('Evaluation size', 'Batches of held-out text in each evaluation.'),
  'train.sampleEvery': term('Sample every', 'Steps between automatic samples. 0 writes none.'),
  'train.sampleTokens': term('Sample length', 'Tokens in each sample.'),
  'train.samplePrompt': term('Prompt', 'The words that the model has to continue.'),
  'train.sampleTemperature': term(
    'Temperature',
    'How boldly a sample is drawn. 0 always takes the likeliest token; 1 draws as the model believes.',
  ),
  'train.nonFinite': term(
    'If not finite',
    'What to do when a gradient has overflowed: stop and tell, or leave out that update.',
  ),

  step: term('Step', 'One update of all weights, from one batch.'),
  loss: term(
    'Training loss',
    'How surprised the model is by the next token of the batch, in nats: the mean of −ln of the probability it gave. e to this power is its perplexity.',
  ),
  validationLoss: term(
    'Held-out loss',
    'The same measure on text that the model is never trained on. When it rises while the training loss falls, the model is memorising.',
  ),
  perplexity: term(
    'Perplexity',
    'Between how many equally likely tokens the model hesitates: e to the power of the loss.',
  ),
  bitsPerByte: term(
    'Bits a byte',
    'The loss in bits for each byte of text, so that runs with different tokenizers compare.',
  ),
  uniform: term(
    'Uniform baseline',
    'The loss of guessing every token alike: ln of the vocabulary. Training starts near it.',
  ),
  unigram: term(
    'Unigram baseline',
    'The loss of knowing only how often each token occurs, measured on the same held-out text.',
  ),
  bigram: term(
    'Bigram baseline',
    'The loss of knowing only which token tends to follow the last one. Below it, the model uses more context than that.',
  ),
  eta: term('Time left', 'Steps left times the time of recent steps, as measured here.'),
  speed: term('Speed', 'Tokens trained each second, measured over recent steps.'),
  stepTime: term('Step time', 'Milliseconds for one step, measured over recent steps.'),
  elapsed: term('Trained for', 'Time spent in training steps; pauses are left out.'),
  gradientNorm: term(
    'Gradient norm',
    'Length of the gradient of the whole model before clipping. A sudden rise warns of trouble.',
  ),
  smoothing: term(
    'Smoothing',
    'Exponential moving average over the raw curve, which stays visible behind it. It changes the picture, not the run.',
  ),
  logAxis: term('Log axis', 'Draws the loss on a logarithmic scale, so that late progress stays visible.'),
  sample: term('Sample', 'Text that the model writes token by token, each drawn from its own prediction.'),

  parameters: term('Parameters', 'All the numbers that training changes.'),
  memory: term(
    'GPU memory',
    'Bytes of GPU buffers that the run plans or holds. WebGPU does not tell how much the GPU has in all.',
  ),
  flops: term(
    'Work',
    'Floating-point operations, counting a multiplication and an addition as two. About six per parameter and token.',
  ),
  dispatches: term('Dispatches', 'Kernel launches in one step. Each has a fixed cost, which small models feel.'),
  tokensPerStep: term('Tokens a step', 'Batch times sequence.'),
  predictedTime: term(
    'Predicted time',
    'Computed from rates measured on this adapter, not yet from this run. Once the run has been timed, the measured time is shown.',
  ),
  vocabulary: term('Vocabulary', 'Different tokens in the prepared text.'),
  bytesPerToken: term('Bytes a token', 'UTF-8 bytes of held-out text for each token.'),
  trainTokens: term('Training tokens', 'Tokens of the text that the model learns from.'),
  validationTokens: term('Held-out tokens', 'Tokens at the end of the text that only evaluation sees.'),

  'memory.parameters': term('Parameters', 'The weights, 4 bytes each.'),
  'memory.gradients': term('Gradients', 'One number for each weight: which way it should move.'),
  'memory.optimizer': term(
    'Optimiser state',
    'What the optimiser remembers of each weight: two numbers for AdamW, one for momentum.',
  ),
  'memory.activations': term(
    'Activations',
    'What the forward pass keeps for the backward pass. Grows with batch and sequence.',
  ),
  'memory.inputs': term('Tokens and targets', 'The batch itself.'),
  'memory.scratch': term('Scratch', 'Room for partial results of kernels.'),
  'memory.readback': term('Read-back', 'Small buffers through which losses come back from the GPU.'),

  adapter: term('Adapter', 'What the browser lets the page compute on: a GPU, or a program that stands in for one.'),
  software: term(
    'Software adapter',
    'The processor computes what a GPU would. Results are right; times say nothing about GPUs.',
  ),
  limitsProfile: term(
    'Limits',
    'How large buffers and workgroups may be. With ?limits=min the page keeps to what every WebGPU device guarantees.',
  ),

  kernel: term(
    'Kernel',
    'A small program that the GPU runs for many numbers at once. The variant that was fastest here is named with it.',
  ),
  phase: term('Phase', 'Forward computes the loss, backward the gradients, the optimiser the new weights.'),
  share: term('Share', 'Part of the step’s GPU time.'),
  gflops: term('GFLOP/s', 'Billions of floating-point operations a second that the kernel reached.'),
  bandwidth: term('GB/s', 'Bytes that the kernel had to read and write, each counted once, over its time.'),
  profileTime: term('Time', 'Measured with the GPU’s own timestamps, so waiting for the browser is not in it.'),
  tuning: term(
    'Chosen kernels',
    'Matrix products can be computed in several ways; the fastest on this adapter was measured and is part of the run’s record.',
  ),

  maxError: term('Largest error', 'The largest difference from the 64-bit reference, over all elements.'),
  tolerance: term(
    'Tolerance',
    'The difference that rounding in 32 bits can explain, given how many numbers are summed.',
  ),
  ...termsDataEn,
  ...termsLlamaEn,
  ...termsLoraEn,
  ...termsMeshEn,
  ...termsPlannerEn,
  ...termsPlayEn,
  ...termsInsideEn,
  ...termsRaceEn,
  ...termsScheduleEn,
  ...termsShardEn,
} satisfies Record<string, TermText>;

export type TermId = keyof typeof termsEn;

export type TermTexts = Readonly<Record<TermId, TermText>>;
