// What a scene is to the page and the command line: its name and sizes, the models it trains, what it asks them, and how they did beside
// something simple. Plain data; src/scenes fills it, and nothing here knows how.

import type { ReadingRequest, ReadingResult } from './answerRecords';
import type { Judged } from './binaryScores';
import type { AdapterFacts, GenerateRequest, PreparedData } from './records';
import type { RunConfig } from './runConfig';
import type { ScoreRequest } from './textScores';

/** In the order in which they are listed. */
export const sceneNames = ['writing', 'translation', 'moderation', 'customer-service'] as const;
export type SceneName = (typeof sceneNames)[number];
/** `small` is for a software adapter, `full` for a GPU; minutes on either. */
export const sceneSizes = ['small', 'full'] as const;
export type SceneSize = (typeof sceneSizes)[number];

export function findScene(name: string): SceneName | undefined {
  return sceneNames.find((known) => known === name);
}

/** Something to ask a trained model. */
export type SceneQuestion =
  | { readonly ask: 'continue'; readonly requests: readonly GenerateRequest[] }
  /** How likely the tokens are that stand behind each text. */
  | { readonly ask: 'score'; readonly requests: readonly ScoreRequest[] }
  /** Of a model that reads whole texts. */
  | { readonly ask: 'read'; readonly requests: readonly ReadingRequest[] };

export type SceneAnswer =
  | { readonly ask: 'continue'; readonly texts: readonly string[] }
  /** Nats a token, over all of them. */
  | { readonly ask: 'score'; readonly loss: number }
  | { readonly ask: 'read'; readonly results: readonly ReadingResult[] };

/** A model to train, and what it is asked then. */
export interface SceneStage {
  readonly config: RunConfig;
  readonly data: PreparedData;
  readonly questions: readonly SceneQuestion[];
}

/** A model that was trained: answers in the order of its questions. */
export interface SceneStageRun {
  readonly parameterCount: number;
  readonly steps: number;
  /** From the first step to the last, evaluations left out or not as the run's configuration has them. */
  readonly trainSeconds: number;
  /** Held-out loss in nats a token after the last step. */
  readonly heldOutLoss: number;
  readonly answers: readonly SceneAnswer[];
}

export interface SceneData {
  /** Where it comes from, for people. */
  readonly source: string;
  readonly unit: 'tokens' | 'pairs' | 'messages' | 'questions';
  readonly training: number;
  readonly heldOut: number;
}

export interface PreparedScene {
  readonly data: SceneData;
  readonly stages: readonly SceneStage[];
}

/** `loss` and `target-loss` in nats a token, of all of it and of the translation alone; chrF from 0 to 100; shares from 0 to 1. */
export const sceneMetrics = [
  'loss',
  'perplexity',
  'target-loss',
  'chrf',
  'accuracy',
  'f1',
  'roc-area',
  'retrieval',
  'span-f1',
] as const;
export type SceneMetric = (typeof sceneMetrics)[number];
export const sceneBaselines = ['bigram', 'copy', 'majority', 'nearest', 'sentence'] as const;
export type SceneBaseline = (typeof sceneBaselines)[number];

/** One measure on held-out data. */
export interface SceneScore {
  readonly metric: SceneMetric;
  readonly better: 'higher' | 'lower';
  readonly model: number;
  readonly baselines: readonly {
    readonly baseline: SceneBaseline;
    readonly value: number;
    /** The scene is won by beating it; otherwise it is shown for comparison. */
    readonly named: boolean;
  }[];
}

/** A held-out example as the model and a baseline dealt with it. */
export interface SceneExample {
  readonly given: string;
  /** Null where there is no one right answer. */
  readonly expected: string | null;
  readonly model: string;
  readonly baseline: { readonly baseline: SceneBaseline; readonly text: string } | null;
}

/** What the scene makes of the answers. */
export interface SceneJudgement {
  readonly scores: readonly SceneScore[];
  readonly examples: readonly SceneExample[];
  /** Of a classifier of two classes: its held-out probabilities, so that a threshold can be chosen; left out by other scenes. */
  readonly classified?: {
    readonly positive: string;
    readonly negative: string;
    readonly judged: readonly Judged[];
  };
}

export interface SceneResult extends SceneJudgement {
  readonly scene: SceneName;
  readonly size: SceneSize;
  readonly data: SceneData;
  readonly stages: readonly Omit<SceneStageRun, 'answers'>[];
  /** Whether the model was better than every named baseline. */
  readonly beaten: boolean;
  /** All of it: data, compilation, training, questions. */
  readonly seconds: number;
  readonly adapter: AdapterFacts;
}

/** How far a scene has come. */
export type SceneEvent =
  | { readonly type: 'phase'; readonly phase: ScenePhase; readonly stage: number; readonly share: number | null }
  | { readonly type: 'data'; readonly data: SceneData }
  | {
      readonly type: 'step';
      readonly stage: number;
      readonly step: number;
      readonly steps: number;
      /** Nats a token of the last step's batch. */
      readonly loss: number;
    };
export const scenePhases = ['data', 'compile', 'train', 'ask', 'judge'] as const;
export type ScenePhase = (typeof scenePhases)[number];

/** Whether `score` is better than each baseline that the scene names. */
export function beats({ better, model, baselines }: SceneScore): boolean {
  return baselines.every(({ named, value }) => !named || (better === 'higher' ? model > value : model < value));
}
