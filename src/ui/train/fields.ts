// Which settings the forms show, in which order, and what kind of input each takes, read from the schema itself.
// No labels (they are terms) and no values.

import { describeSchema, sectionFields } from '../../core/configCheck';
import { type ModelType, modelSizes, modelTypes } from '../../core/modelConfig';
import type { RunConfig } from '../../core/runConfig';
import type { MeshAxis } from '../../parallel/mesh';
import type { SectionName } from '../stores/setupStore';

export type FieldKind =
  | { readonly kind: 'number'; readonly whole: boolean; readonly nullable: boolean }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  | { readonly kind: 'switch' }
  | { readonly kind: 'text' };

export interface FieldSpec {
  readonly section: SectionName;
  readonly name: string;
  readonly kind: FieldKind;
  /** Whether the setting has an effect with the others as they are. */
  readonly applies: (config: RunConfig) => boolean;
}

export interface FieldGroup {
  readonly section: SectionName;
  readonly main: readonly FieldSpec[];
  readonly more: readonly FieldSpec[];
}

const adam = ({ train }: RunConfig) => train.optimizer !== 'sgd';
const withMomentum = ({ train }: RunConfig) => train.optimizer !== 'adamw';
const descends = ({ train }: RunConfig) => train.lrSchedule !== 'constant';
const bands = ({ model }: RunConfig) => 'rope_type' in model && model.rope_type === 'llama3';
const ownText = ({ data }: RunConfig) => data.corpus !== 'shards';
const adapted = ({ lora }: RunConfig) => lora.r > 0;
const replicated = ({ parallel }: RunConfig) => parallel.dp > 1;
const conditions: Readonly<Record<string, (config: RunConfig) => boolean>> = {
  // Shards bring their own.
  'data.tokenizer': ownText,
  'data.validationFraction': ownText,
  'data.vocabulary': (config) => ownText(config) && config.data.tokenizer === 'wordpiece',
  'model.rope_factor': ({ model }) => 'rope_type' in model && model.rope_type !== 'default',
  'model.rope_low_freq_factor': bands,
  'model.rope_high_freq_factor': bands,
  'model.rope_original_positions': bands,
  'model.sliding_window': ({ model }) => !('use_sliding_window' in model) || model.use_sliding_window,
  'model.max_window_layers': ({ model }) => 'use_sliding_window' in model && model.use_sliding_window,
  'train.documents': ({ data, model }) => data.corpus === 'shards' && modelSizes(model).task === 'causal-lm',
  'train.beta1': adam,
  'train.beta2': adam,
  'train.epsilon': adam,
  'train.momentum': withMomentum,
  'train.minLearningRate': descends,
  'train.decaySteps': ({ train }) => train.lrSchedule === 'wsd',
  'train.evalBatches': ({ train }) => train.evalEvery > 0,
  'lora.lora_alpha': adapted,
  'lora.target_modules': adapted,
  'lora.lora_dropout': adapted,
  'lora.use_rslora': adapted,
  'parallel.zero': replicated,
  'parallel.schedule': ({ parallel }) => parallel.pp > 1,
  'parallel.stagesPerRank': ({ parallel }) => parallel.pp > 1,
  // From ZeRO 2 on, each layer's gradients are a parcel of their own.
  'parallel.bucketKib': ({ parallel }) => parallel.dp > 1 && parallel.zero < 2,
  'parallel.strategy': replicated,
  'parallel.maxStaleness': ({ parallel }) => parallel.strategy === 'async',
  'parallel.asyncService': ({ parallel }) => parallel.strategy === 'async',
  'parallel.localSteps': ({ parallel }) => parallel.strategy === 'local-sgd' || parallel.strategy === 'diloco',
  'parallel.outerLearningRate': ({ parallel }) => parallel.strategy === 'diloco',
  'parallel.outerMomentum': ({ parallel }) => parallel.strategy === 'diloco',
  'parallel.compression': replicated,
  'parallel.topKShare': ({ parallel }) => parallel.compression === 'top-k',
  'parallel.powerRank': ({ parallel }) => parallel.compression === 'power-sgd',
  'parallel.errorFeedback': ({ parallel }) => parallel.compression !== 'none',
};

const gpt2Main = ['n_layer', 'n_embd', 'n_head', 'n_positions'];
const gpt2More = [
  'n_inner',
  'activation_function',
  'tie_word_embeddings',
  'embd_pdrop',
  'resid_pdrop',
  'attn_pdrop',
  'vocab_size',
  'layer_norm_epsilon',
  'initializer_range',
];

const bertMain = ['architecture', 'num_hidden_layers', 'hidden_size', 'num_attention_heads', 'max_position_embeddings'];
const bertMore = [
  'intermediate_size',
  'tie_word_embeddings',
  'hidden_dropout_prob',
  'attention_probs_dropout_prob',
  'vocab_size',
  'initializer_range',
];

const distilbertMain = ['architecture', 'n_layers', 'dim', 'n_heads', 'max_position_embeddings'];
const distilbertMore = [
  'hidden_dim',
  'tie_word_embeddings',
  'dropout',
  'attention_dropout',
  'vocab_size',
  'initializer_range',
];

const llamaMain = [
  'num_hidden_layers',
  'hidden_size',
  'num_attention_heads',
  'num_key_value_heads',
  'max_position_embeddings',
];
/** What all of Llama's relatives have; `own` are the fields of one. */
function llamaMore(own: readonly string[]): readonly string[] {
  return [
    'intermediate_size',
    'head_dim',
    ...own,
    'tie_word_embeddings',
    'attention_dropout',
    'rope_theta',
    'rope_type',
    'rope_factor',
    'rope_low_freq_factor',
    'rope_high_freq_factor',
    'rope_original_positions',
    'vocab_size',
    'rms_norm_eps',
    'initializer_range',
  ];
}
const slides = ['use_sliding_window', 'sliding_window', 'max_window_layers'];

/** The fields of each family that the page trains, which is the first of them. */
const modelGroups: Readonly<Partial<Record<ModelType, FieldGroup>>> = {
  gpt2: modelGroup('gpt2', gpt2Main, gpt2More),
  bert: modelGroup('bert', bertMain, bertMore),
  distilbert: modelGroup('distilbert', distilbertMain, distilbertMore),
  roberta: modelGroup('roberta', bertMain, bertMore),
  llama: modelGroup('llama', llamaMain, llamaMore(['attention_bias', 'mlp_bias'])),
  qwen2: modelGroup('qwen2', llamaMain, llamaMore(slides)),
  qwen3: modelGroup('qwen3', llamaMain, llamaMore(['attention_bias', ...slides])),
  mistral: modelGroup('mistral', llamaMain, llamaMore(['sliding_window'])),
};

/** The forms of a run whose model is of that family. */
export function fieldGroups(modelType: ModelType): readonly FieldGroup[] {
  const ofModel = modelGroups[modelType];
  return ofModel ? [ofModel, trainGroup, loraGroup] : [trainGroup, loraGroup];
}

const trainGroup: FieldGroup = group(
  'train',
  ['steps', 'batchSize', 'sequenceLength', 'optimizer', 'learningRate', 'lrSchedule'],
  [
    'warmupSteps',
    'minLearningRate',
    'decaySteps',
    'microBatches',
    'weightDecay',
    'beta1',
    'beta2',
    'epsilon',
    'momentum',
    'clipNorm',
    'nonFinite',
    'seed',
    'evalEvery',
    'evalBatches',
    'sampleEvery',
    'sampleTokens',
    'sampleTemperature',
  ],
);

const loraGroup: FieldGroup = group('lora', ['r', 'lora_alpha', 'target_modules', 'lora_dropout', 'use_rslora'], []);

export const dataFields: readonly FieldSpec[] = [
  ...['corpus', 'tokenizer', 'vocabulary', 'validationFraction'].map((name) => fieldOf('data', name)),
  fieldOf('train', 'documents'),
];

/** What a mesh of several ranks adds, in the order of their use. Those that do not apply are left out, not only dimmed. */
export const meshFields: readonly FieldSpec[] = [
  fieldOf('train', 'microBatches'),
  ...[
    'schedule',
    'stagesPerRank',
    'zero',
    'bucketKib',
    'strategy',
    'maxStaleness',
    'asyncService',
    'localSteps',
    'outerLearningRate',
    'outerMomentum',
    'compression',
    'topKShare',
    'powerRank',
    'errorFeedback',
  ].map((name) => fieldOf('parallel', name)),
];

/** The number of ranks along an axis. */
export function meshField(axis: MeshAxis): FieldSpec {
  return fieldOf('parallel', axis);
}

/** Latency and bandwidth of one axis. */
export function linkFields(axis: MeshAxis): readonly FieldSpec[] {
  return [fieldOf('parallel', `${axis}LatencyMs`), fieldOf('parallel', `${axis}Bandwidth`)];
}

function group(section: SectionName, main: readonly string[], more: readonly string[]): FieldGroup {
  return {
    section,
    main: main.map((name) => fieldOf(section, name)),
    more: more.map((name) => fieldOf(section, name)),
  };
}

function modelGroup(type: ModelType, main: readonly string[], more: readonly string[]): FieldGroup {
  const field = (name: string): FieldSpec => fieldOf('model', name, type);
  const family: FieldSpec = {
    section: 'model',
    name: 'model_type',
    kind: { kind: 'choice', options: modelTypes() },
    applies: () => true,
  };
  return { section: 'model', main: [family, ...main.map(field)], more: more.map(field) };
}

/** Any setting, by its name; a model's, in the family that has it. */
export function fieldOf(section: SectionName, name: string, modelType: ModelType = 'gpt2'): FieldSpec {
  const takes = describeSchema(sectionFields(section, modelType)?.get(name));
  return { section, name, kind: kindOf(takes), applies: conditions[`${section}.${name}`] ?? (() => true) };
}

/** The schema's description is the one place that says what a field takes. */
function kindOf(takes: string): FieldKind {
  if (takes === 'true or false') return { kind: 'switch' };
  if (takes.startsWith('one of ')) return { kind: 'choice', options: takes.slice('one of '.length).split(', ') };
  if (takes.startsWith('text ')) return { kind: 'text' };
  return { kind: 'number', whole: takes.startsWith('a whole'), nullable: takes.endsWith('or null') };
}
