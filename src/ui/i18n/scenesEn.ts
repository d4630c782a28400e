// The words of the ready scenes in English; its type is what every other language must fill.

export const scenesEn = {
  title: 'Ready scenes',
  intro:
    'Whole applications: data, a model trained on it, and how it does on data that it has not seen, beside something simple. A scene runs on a device of its own; the run above pauses and stays as it is.',
  items: {
    writing: {
      title: 'Writing',
      purpose: 'A GPT goes on with a novel.',
      explanation:
        'A GPT learns Moby-Dick character by character. The tail of the book is held out: the model must predict it better than counting pairs of characters does.',
    },
    translation: {
      title: 'Translation',
      purpose: 'English to Chinese, by a causal model.',
      explanation:
        'Lines of English, a tab and Chinese, from the messages of the TypeScript compiler. Given the English of a line that it has not seen, the model goes on; what it writes is compared with the right line, character run by character run.',
    },
    moderation: {
      title: 'Moderation',
      purpose: 'BERT picks out scams, insults and advertising.',
      explanation:
        "Messages of an invented community, of the lab's own making: harmless ones speak of the same things, and held-out ones are of templates that training never sees. Move the threshold and see what it costs.",
    },
    'customer-service': {
      title: 'Customer service',
      purpose: "BERT finds the answer in the lab's help.",
      explanation:
        'Questions about this lab and its help. One model turns a question into a vector and finds the known question nearest to it; another marks the answer in the passage. Held-out questions are said in other words.',
    },
  },
  size: 'Size',
  sizes: { small: 'Small', full: 'Full' },
  sizeHints: { small: 'Minutes on a software adapter', full: 'Minutes on a GPU, hours on a software adapter' },
  run: 'Run the scene',
  runAgain: 'Run it again',
  stop: 'Stop',
  busy: 'Another scene is running',
  phases: {
    data: 'Reading and tokenizing the data…',
    compile: 'Making the device ready…',
    train: 'Training…',
    ask: 'Asking the model about held-out data…',
    judge: 'Comparing with the baselines…',
  },
  units: {
    tokens: (count: string) => `${count} tokens`,
    pairs: (count: string) => `${count} pairs`,
    messages: (count: string) => `${count} messages`,
    questions: (count: string) => `${count} questions`,
  },
  data: (source: string, training: string, heldOut: string) =>
    `Data: ${source}; ${training} to train on, ${heldOut} held out.`,
  step: (step: string, steps: string, loss: string) => `Step ${step} of ${steps}, loss ${loss} nats.`,
  beaten: 'Better than its baseline',
  notBeaten: 'No better than its baseline',
  wasBeaten: 'On held-out data the model is better than its baseline.',
  wasNotBeaten: 'On held-out data the model is no better than its baseline.',
  scores: 'Measures on held-out data',
  measure: 'Measure',
  model: 'Model',
  beside: 'Beside',
  better: { higher: 'higher is better', lower: 'lower is better' },
  metrics: {
    loss: 'Loss, nats a token',
    perplexity: 'Perplexity',
    'target-loss': 'Loss of the translation, nats a token',
    chrf: 'chrF, 0 to 100',
    accuracy: 'Accuracy',
    f1: 'F1 of what is held back',
    'roc-area': 'Area under the ROC curve',
    retrieval: 'Right question found',
    'span-f1': 'F1 of the marked answer',
  },
  baselines: {
    bigram: 'pairs of tokens',
    copy: 'the English as it is',
    majority: 'always the commoner class',
    nearest: 'nearest known text (TF-IDF)',
    sentence: 'sentence with most of the words',
  },
  forComparison: (words: string) => `${words} (for comparison)`,
  trained: (parameters: string, steps: string, time: string) => `${parameters} parameters, ${steps} steps in ${time}.`,
  took: (size: string, time: string, adapter: string) => `${size} size, ${time} in all on ${adapter}.`,
  software: 'A software adapter: a GPU takes a fraction of this time.',
  examples: 'Held-out examples',
  given: 'Given',
  expected: 'Right',
  threshold: {
    title: 'Where to draw the line',
    label: 'Threshold',
    said: (threshold: string) => `A message is held back from a probability of ${threshold} on.`,
    confusion: 'Confusion matrix',
    truth: 'In truth',
    called: (label: string) => `called ${label}`,
    classes: { positive: 'held back', negative: 'fine' },
    precision: 'Precision',
    recall: 'Recall',
    f1: 'F1',
    accuracy: 'Accuracy',
    curves: 'Recall over false alarms (ROC), and precision over recall: the dots are this threshold.',
    roc: 'ROC curve',
    pr: 'Precision and recall',
  },
};

export type ScenesDictionary = typeof scenesEn;
