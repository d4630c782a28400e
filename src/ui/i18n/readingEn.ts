// The words of questions to a model that reads whole texts, in English; its type is what every other language must fill.

export const readingEn = {
  titles: {
    fill: 'Fill the gaps',
    classify: 'Classify',
    tag: 'Label words',
    answer: 'Answer',
    similar: 'Compare texts',
  },
  ask: 'Ask',
  asking: 'Reading…',
  oneALine: 'one a line',
  fill: {
    text: 'Text with gaps',
    hint: 'Write [MASK] (RoBERTa: <mask>) where a word is missing.',
    topK: 'Candidates',
    gap: (number: string) => `Gap ${number}`,
  },
  classify: { texts: 'Texts' },
  tag: { text: 'Text' },
  answer: {
    question: 'Question',
    context: 'Text',
    contextHint: 'The answer is a piece of it.',
    topK: 'Answers',
    maxTokens: 'Tokens of an answer',
    allowNone: 'there may be no answer',
    none: 'No answer in the text',
    windows: (count: string) => (count === '1' ? 'read at once' : `read in ${count} windows`),
  },
  similar: {
    texts: 'Texts',
    hint: 'two or more, one a line',
    pooling: 'Vector of a text',
    poolings: { mean: 'mean of its tokens', pooled: 'the pooler’s' },
    caption: 'Cosine of every two texts',
  },
};

export type ReadingDictionary = typeof readingEn;
