// Translation: a causal model learns lines of English, a tab and Chinese, and goes on where an English line stops. What it writes is held to
// leaving the English as it is; the translation of the most similar known line is shown beside it.

import { hashName } from '../core/rng';
import { defaultModel, defaultRunConfig, type RunConfig } from '../core/runConfig';
import type { SceneSize } from '../core/sceneRecords';
import { fetchDataFile } from '../data/corpus';
import { createTokenizer } from '../data/createTokenizer';
import { baselines } from '../data/entropy';
import type { Tokenizer } from '../data/tokenizer';
import { TokenizerTraining } from '../data/tokenizerTraining/trainTokenizer';
import { answerTo } from './answers';
import { chrF } from './chrF';
import type { Scene } from './scene';
import { TfIdfIndex } from './tfIdf';

interface Pair {
  readonly english: string;
  readonly chinese: string;
}

interface Setting {
  readonly config: RunConfig;
  readonly vocabularySize: number;
  /** Characters of an English line at most: a short run learns more of short lines. */
  readonly longest: number;
}

const train: RunConfig['train'] = { ...defaultRunConfig.train, evalEvery: 0, evalBatches: 16, sampleEvery: 0 };
const shape = { ...defaultRunConfig, data: { ...defaultRunConfig.data, corpus: 'text' as const } };
const settings: Readonly<Record<SceneSize, Setting>> = {
  small: {
    longest: 60,
    vocabularySize: 1_200,
    config: {
      ...shape,
      model: { ...defaultModel, n_positions: 64, n_layer: 2 },
      train: {
        ...train,
        optimizer: 'muon',
        learningRate: 1e-2,
        minLearningRate: 1e-3,
        steps: 400,
        warmupSteps: 20,
        sequenceLength: 48,
        batchSize: 10,
      },
    },
  },
  full: {
    longest: 300,
    vocabularySize: 3_000,
    config: {
      ...shape,
      model: {
        ...defaultModel,
        n_positions: 192,
        n_embd: 256,
        n_layer: 4,
        n_head: 8,
        initializer_range: 0.02,
        embd_pdrop: 0.2,
        resid_pdrop: 0.2,
        attn_pdrop: 0.2,
      },
      train: {
        ...train,
        steps: 2_500,
        batchSize: 32,
        sequenceLength: 128,
        learningRate: 1e-3,
        minLearningRate: 1e-4,
      },
    },
  },
};
/** One line in so many is held out. */
const HELD_OUT = 10;
const EXAMPLES = 8;

export const translation: Scene = {
  async prepare(size, fetchFile, onProgress) {
    const { config, vocabularySize, longest } = settings[size];
    const text = new TextDecoder().decode(await fetchDataFile('data/messages-en-zh.tsv', fetchFile));
    const pairs = readPairs(text, longest);
    const known = pairs.filter(({ english }) => !isHeldOut(english));
    const heldOut = pairs.filter(({ english }) => isHeldOut(english));
    onProgress(0.1);
    const tokenizer = await learnTokenizer(known, vocabularySize);
    onProgress(0.6);
    const trainTokens = streamOf(tokenizer, known).tokens;
    const { tokens: validationTokens, isTarget } = streamOf(tokenizer, heldOut);
    const V = tokenizer.vocabularySize;
    const whole = baselines(trainTokens, validationTokens, V);
    const target = baselines(trainTokens, validationTokens, V, (index) => isTarget[index] === 1);
    const index = new TfIdfIndex(known.map(({ english }) => english));
    const nearest = heldOut.map(({ english }) => known[index.nearest(english).index]?.chinese ?? '');
    onProgress(1);
    const requests = heldOut.map(({ english }) => ({
      prompt: promptOf(english),
      maxTokens: config.train.sequenceLength,
      temperature: 0,
      seed: 1,
      stop: ['\n'],
    }));
    const scored = heldOut.map(({ english, chinese }) => ({
      text: promptOf(english),
      tokens: [...tokenizer.encode(`${chinese}\n`)],
    }));
    const references = heldOut.map(({ chinese }) => chinese);
    const characters = known.reduce((sum, { english, chinese }) => sum + english.length + chinese.length + 2, 0);
    return {
      data: {
        source: "the TypeScript compiler's messages, of its package",
        unit: 'pairs',
        training: known.length,
        heldOut: heldOut.length,
      },
      stages: [
        {
          config,
          data: {
            tokenizer: tokenizer.spec,
            vocabularySize: V,
            trainTokens,
            validationTokens,
            bytesPerToken: utf8Bytes(heldOut) / validationTokens.length,
            unigramEntropy: whole.unigram,
            bigramEntropy: whole.bigram,
            title: 'messages-en-zh.tsv',
            characters,
            notices: [],
          },
          questions: [
            { ask: 'score', requests: scored },
            { ask: 'continue', requests },
          ],
        },
      ],
      judge([run]) {
        const { loss } = answerTo(run, 0, 'score');
        const given = answerTo(run, 1, 'continue').texts;
        const copied = heldOut.map(({ english }) => english);
        const every = Math.max(1, Math.floor(heldOut.length / EXAMPLES));
        return {
          scores: [
            {
              metric: 'chrf',
              better: 'higher',
              model: chrF(given, references),
              baselines: [
                { baseline: 'copy', value: chrF(copied, references), named: true },
                { baseline: 'nearest', value: chrF(nearest, references), named: false },
              ],
            },
            {
              metric: 'target-loss',
              better: 'lower',
              model: loss,
              baselines: [{ baseline: 'bigram', value: target.bigram, named: true }],
            },
          ],
          examples: heldOut.flatMap(({ english, chinese }, i) => {
            if (i % every !== 0) return [];
            const baseline = { baseline: 'nearest' as const, text: nearest[i] ?? '' };
            return [{ given: english, expected: chinese, model: given[i] ?? '', baseline }];
          }),
        };
      },
    };
  },
};

/** Lines of at most `longest` characters with Chinese in them, in an order that puts no two alike beside each other. */
function readPairs(text: string, longest: number): Pair[] {
  const pairs = text.split('\n').flatMap((line) => {
    const [english, chinese] = line.split('\t');
    const usable = english !== undefined && chinese !== undefined && english.length <= longest;
    return usable && /\p{Script=Han}/u.test(chinese) ? [{ english, chinese }] : [];
  });
  return pairs.sort((a, b) => hashName(`order ${a.english}`) - hashName(`order ${b.english}`));
}

/** By the English text alone, so that a line said twice is on one side. */
function isHeldOut(english: string): boolean {
  return hashName(english) % HELD_OUT === 0;
}

async function learnTokenizer(pairs: readonly Pair[], vocabularySize: number): Promise<Tokenizer> {
  const training = new TokenizerTraining({
    kind: 'byte-level-bpe',
    vocabularySize,
    minFrequency: 2,
    specialTokens: ['<|endoftext|>'],
  });
  for (const { english, chinese } of pairs) {
    training.push(`${english}\t${chinese}\n`);
    training.endDocument();
  }
  return createTokenizer({ kind: 'json', json: (await training.train()).json });
}

/** A line end first, as where a line follows another. */
function promptOf(english: string): string {
  return `\n${english}\t`;
}

/** Lines one after another; isTarget is 1 for tokens of the Chinese and of its line end. */
function streamOf(tokenizer: Tokenizer, pairs: readonly Pair[]): { tokens: Uint32Array; isTarget: Uint8Array } {
  const tokens: number[] = [...tokenizer.encode('\n')];
  const targets: number[] = tokens.map(() => 0);
  const push = (text: string, target: number): void => {
    for (const id of tokenizer.encode(text)) {
      tokens.push(id);
      targets.push(target);
    }
  };
  for (const { english, chinese } of pairs) {
    push(`${english}\t`, 0);
    push(`${chinese}\n`, 1);
  }
  return { tokens: Uint32Array.from(tokens), isTarget: Uint8Array.from(targets) };
}

function utf8Bytes(pairs: readonly Pair[]): number {
  const encoder = new TextEncoder();
  return pairs.reduce((sum, { english, chinese }) => sum + encoder.encode(`${english}\t${chinese}\n`).length, 0);
}
