// What BERT, DistilBERT and RoBERTa are alike in, under one set of words: sizes, heads, dropout, and what transformers calls each tensor.
// Shapes, layers and the reference twin are written over this form; which config becomes it is encoders.ts's. Pure data.

import type { ActivationName } from './activationNames';
import type { ModelSizes, ModelTask } from './modelSizes';

export type EncoderTask = Exclude<ModelTask, 'causal-lm'>;

/** Names of modules, whole or within a layer; a module's parameters are its `.weight` and `.bias`. */
export interface EncoderNames {
  readonly embeddings: string;
  /** What stands before the modules of a layer, its number between dots. */
  readonly layers: string;
  /** Within a layer. */
  readonly query: string;
  readonly key: string;
  readonly value: string;
  readonly attended: string;
  readonly attendedNorm: string;
  readonly inner: string;
  readonly outer: string;
  readonly outerNorm: string;
  /** Of the head that fills gaps. */
  readonly transform: string;
  readonly transformNorm: string;
  readonly decoder: string;
  /** The decoder's bias has a name of its own: a parameter, not a module. */
  readonly decoderBias: string;
  /** Of the head that classifies sequences: what it makes of the first token, and what classifies that. */
  readonly first: string;
  readonly classifier: string;
}

export interface EncoderModel {
  readonly task: EncoderTask;
  readonly sizes: ModelSizes;
  readonly activation: ActivationName;
  /** Of the transform before the decoder. */
  readonly transformActivation: ActivationName;
  /** Of the first token, before sequences are classified. */
  readonly firstActivation: ActivationName;
  /** That activation is the pooler of transformers, whose result is a vector of the text. */
  readonly pools: boolean;
  readonly epsilon: number;
  /** Standard deviation of the first weights. */
  readonly normal: number;
  /** The decoder is the table of words. */
  readonly tied: boolean;
  readonly dropout: {
    /** Of the embeddings and of what the feed-forward part gives. */
    readonly hidden: number;
    readonly attention: number;
    /** Of what attention gives, after its projection. */
    readonly attended: number;
    /** Of the first token before its dense layer; before the classifier of sequences; before that of tokens; before that of spans. */
    readonly first: number;
    readonly sequence: number;
    readonly token: number;
    readonly spans: number;
  };
  readonly names: EncoderNames;
}

/** Classes of transformers by what they are trained to give; the same endings in every family. */
export const headEndings = {
  ForMaskedLM: 'masked-lm',
  ForSequenceClassification: 'sequence-classification',
  ForTokenClassification: 'token-classification',
  ForQuestionAnswering: 'question-answering',
} as const satisfies Readonly<Record<string, EncoderTask>>;
type HeadEnding = keyof typeof headEndings;
const endings: readonly HeadEnding[] = [
  'ForMaskedLM',
  'ForSequenceClassification',
  'ForTokenClassification',
  'ForQuestionAnswering',
];

/** What the class of a family is trained to give: its name is the family's and an ending. */
export function taskOfArchitecture(architecture: `${string}${HeadEnding}`): EncoderTask {
  const ending = endings.find((end) => architecture.endsWith(end)) ?? 'ForMaskedLM';
  return headEndings[ending];
}

/** Numbers that the head gives an item. */
export function outputsOf(task: EncoderTask, vocabulary: number, labels: readonly string[]): number {
  if (task === 'masked-lm') return vocabulary;
  return task === 'question-answering' ? 2 : labels.length;
}

/** Of the module beside another in the same parent: `attention.self.query` and `dropout` are `attention.self.dropout`. */
export function besideModule(module: string, name: string): string {
  return module.replace(/[^.]*$/, name);
}
