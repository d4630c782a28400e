// What a model that reads whole texts is asked and what it answers: words for a gap, classes with probabilities, labels of words, answers that
// are spans of a text, and how near texts are to each other. Plain data, as it goes between the page, its worker and the command line.

/** What can be asked; which of them a model can be asked follows from its head. */
export const readingTasks = ['fill', 'classify', 'tag', 'answer', 'similar'] as const;
export type ReadingTask = (typeof readingTasks)[number];

export interface FillRequest {
  /** With the tokenizer's mask token (`[MASK]` in BERT's) once or more. */
  readonly text: string;
  /** Candidates of each gap. */
  readonly topK: number;
  /** A text without a gap gets one at its end. */
  readonly openEnd?: boolean;
}

export interface FillCandidate {
  readonly id: number;
  /** As the vocabulary has it: `##ing` goes on with the word before it. */
  readonly token: string;
  readonly probability: number;
  /** The whole text with this token in the gap; other gaps stay. */
  readonly text: string;
}

export interface FillResult {
  /** In the order of the text; candidates likeliest first. */
  readonly gaps: readonly { readonly position: number; readonly candidates: readonly FillCandidate[] }[];
  readonly tokens: number;
}

export interface ClassifyRequest {
  readonly texts: readonly string[];
}

export interface ClassProbability {
  readonly label: string;
  readonly probability: number;
}

export interface ClassifyResult {
  /** Of each text: all classes, likeliest first. A head of one output gives that one's sigmoid, as transformers' pipeline does. */
  readonly texts: readonly { readonly tokens: number; readonly classes: readonly ClassProbability[] }[];
}

export interface TagRequest {
  readonly text: string;
}

export interface TaggedWord {
  readonly word: string;
  /** Characters of the text, `end` past the last one. */
  readonly start: number;
  readonly end: number;
  /** Of the word's first token. */
  readonly label: string;
  readonly probability: number;
}

export interface TagResult {
  readonly words: readonly TaggedWord[];
  readonly tokens: number;
}

export interface AnswerRequest {
  readonly question: string;
  /** However long: it is read in windows that overlap. */
  readonly context: string;
  /** Answers wanted. */
  readonly topK: number;
  /** Tokens that an answer may have. */
  readonly maxAnswerTokens: number;
  /** Also weigh that the context does not answer. */
  readonly allowNone: boolean;
}

export interface ContextAnswer {
  /** '' where there is none. */
  readonly text: string;
  /** Characters of the context, `end` past the last one; both 0 where there is no answer. */
  readonly start: number;
  readonly end: number;
  /** Probability of the start times that of the end, within its window. */
  readonly score: number;
}

export interface AnswerResult {
  /** Best first. */
  readonly answers: readonly ContextAnswer[];
  /** Windows in which the context was read. */
  readonly windows: number;
}

/** `mean`: of the last hidden states of all tokens; `pooled`: what the pooler makes of the first token's. */
export const poolings = ['mean', 'pooled'] as const;
export type Pooling = (typeof poolings)[number];

export interface SimilarRequest {
  readonly texts: readonly string[];
  readonly pooling: Pooling;
}

export interface SimilarResult {
  /** [texts][C] */
  readonly vectors: readonly (readonly number[])[];
  /** Cosines, [texts][texts], from -1 to 1. */
  readonly similarities: readonly (readonly number[])[];
}

/** Each task's question and answer. */
export interface Readings {
  readonly fill: { readonly request: FillRequest; readonly result: FillResult };
  readonly classify: { readonly request: ClassifyRequest; readonly result: ClassifyResult };
  readonly tag: { readonly request: TagRequest; readonly result: TagResult };
  readonly answer: { readonly request: AnswerRequest; readonly result: AnswerResult };
  readonly similar: { readonly request: SimilarRequest; readonly result: SimilarResult };
}

/** One of the tasks with its question. */
export type ReadingRequest = {
  [Task in ReadingTask]: { readonly task: Task } & Readings[Task]['request'];
}[ReadingTask];
/** One of the tasks with its answer. */
export type ReadingResult = { [Task in ReadingTask]: { readonly task: Task } & Readings[Task]['result'] }[ReadingTask];

/** Defaults of transformers' question-answering pipeline, and five candidates for a gap as its fill-mask pipeline. */
export const readingDefaults = { fillTopK: 5, answerTopK: 1, maxAnswerTokens: 15 } as const;
