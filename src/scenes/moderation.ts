// Moderation: a BERT learns to tell messages that a moderator would hold back from those that only speak of the same things, and is held to
// always giving the commoner answer. The label of the most similar known message is shown beside it.

import { areaUnderRoc, scoresAt } from '../core/binaryScores';
import { defaultRunConfig, type RunConfig } from '../core/runConfig';
import type { SceneSize } from '../core/sceneRecords';
import { prepareSequences } from '../data/prepareSequences';
import { answerTo } from './answers';
import { bertModel } from './bertModel';
import { moderationMessages } from './moderationMessages';
import type { Scene } from './scene';
import { TfIdfIndex } from './tfIdf';
import { learnWordPieces } from './wordPieces';

const FLAGGED = 'held back';
const FINE = 'fine';
/** Where a message counts as flagged unless the person says otherwise. */
const THRESHOLD = 0.5;
const SEED = 1;
const EXAMPLES = 8;

interface Setting {
  readonly config: RunConfig;
  readonly training: number;
  readonly heldOut: number;
}

const train: RunConfig['train'] = {
  ...defaultRunConfig.train,
  optimizer: 'adamw',
  learningRate: 2e-3,
  minLearningRate: 2e-4,
  warmupSteps: 20,
  sequenceLength: 32,
  evalEvery: 0,
  evalBatches: 4,
  sampleEvery: 0,
};
const settings: Readonly<Record<SceneSize, Setting>> = {
  small: {
    training: 1_200,
    heldOut: 300,
    config: {
      ...defaultRunConfig,
      model: bertModel('BertForSequenceClassification', { width: 48, layers: 2, heads: 4, positions: 56 }),
      train: { ...train, steps: 200, batchSize: 12 },
    },
  },
  full: {
    training: 4_000,
    heldOut: 600,
    config: {
      ...defaultRunConfig,
      model: bertModel('BertForSequenceClassification', {
        width: 128,
        layers: 4,
        heads: 4,
        positions: 56,
        dropout: 0.1,
      }),
      train: { ...train, steps: 1_000, batchSize: 32, learningRate: 1e-3, minLearningRate: 1e-4 },
    },
  },
};

export const moderation: Scene = {
  async prepare(size, _, onProgress) {
    const { config, training, heldOut: held } = settings[size];
    const known = moderationMessages('training', training, SEED);
    const heldOut = moderationMessages('heldOut', held, SEED);
    const tokenizer = await learnWordPieces(
      known.map(({ text }) => text),
      800,
    );
    onProgress(0.5);
    const all = [...known, ...heldOut];
    const data = prepareSequences({
      title: 'moderation',
      records: all.map(({ text, flagged }) => ({ text, label: flagged ? FLAGGED : FINE })),
      task: 'sequence-classification',
      tokenizer,
      sequenceLength: config.train.sequenceLength,
      validationFraction: heldOut.length / all.length,
    });
    const index = new TfIdfIndex(known.map(({ text }) => text));
    const nearest = heldOut.map(({ text }) => known[index.nearest(text).index].flagged);
    const commonerIsFlagged = 2 * known.filter(({ flagged }) => flagged).length > known.length;
    onProgress(1);
    return {
      data: {
        source: "messages of the lab's own making, from templates",
        unit: 'messages',
        training: known.length,
        heldOut: heldOut.length,
      },
      stages: [
        {
          config,
          data,
          questions: [{ ask: 'read', requests: [{ task: 'classify', texts: heldOut.map(({ text }) => text) }] }],
        },
      ],
      judge([run]) {
        const [read] = answerTo(run, 0, 'read').results;
        const classes = read?.task === 'classify' ? read.texts.map((text) => text.classes) : [];
        const judged = heldOut.map(({ flagged }, i) => ({
          probability: classes[i]?.find(({ label }) => label === FLAGGED)?.probability ?? Number.NaN,
          positive: flagged,
        }));
        const called = (labels: readonly boolean[]) =>
          judged.map(({ positive }, i) => ({ probability: labels[i] ? 1 : 0, positive }));
        const model = scoresAt(judged, THRESHOLD);
        const majority = scoresAt(called(heldOut.map(() => commonerIsFlagged)), THRESHOLD);
        const neighbour = scoresAt(called(nearest), THRESHOLD);
        const beside = (metric: 'accuracy' | 'f1') => ({
          metric,
          better: 'higher' as const,
          model: model[metric],
          baselines: [
            { baseline: 'majority' as const, value: majority[metric], named: true },
            { baseline: 'nearest' as const, value: neighbour[metric], named: false },
          ],
        });
        const every = Math.max(1, Math.floor(heldOut.length / EXAMPLES));
        return {
          scores: [
            beside('accuracy'),
            beside('f1'),
            {
              metric: 'roc-area',
              better: 'higher',
              model: areaUnderRoc(judged),
              baselines: [{ baseline: 'majority', value: 0.5, named: true }],
            },
          ],
          examples: heldOut.flatMap(({ text, flagged }, i) =>
            i % every === 0
              ? [
                  {
                    given: text,
                    expected: flagged ? FLAGGED : FINE,
                    model: `${judged[i].probability >= THRESHOLD ? FLAGGED : FINE} (${judged[i].probability.toFixed(2)})`,
                    baseline: { baseline: 'nearest' as const, text: nearest[i] ? FLAGGED : FINE },
                  },
                ]
              : [],
          ),
          classified: { positive: FLAGGED, negative: FINE, judged },
        };
      },
    };
  },
};
