// A training session's verbs and its ways to end: play, pause, single step, reset to the same bits, and what a step that is not finite does
// under each policy. The bad step is planted by a kernel that spoils the gradients of step 3.

import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { LabError } from '../core/errors';
import type { EvaluationRow, PreparedData, SampleRow, StepRow } from '../core/records';
import { defaultRunConfig, type TrainConfig } from '../core/runConfig';
import { createTokenizer } from '../data/createTokenizer';
import { type GpuDevice, openDevice } from '../gpu/device';
import { KernelCatalog, shaderSources } from '../gpu/kernelCatalog';
import { PipelineCache } from '../gpu/pipelineCache';
import { buildTinyRank, tinyModel, tinyTokens, tinyTrain } from '../testing/tinyRun';
import type { Rank } from './rank';
import { TrainingSession } from './session';
import { SingleRunner } from './singleRunner';

let gpu: GpuDevice;
let sound: PipelineCache;
let spoiled: PipelineCache;
const sessions: TrainingSession[] = [];

beforeAll(async () => {
  gpu = await openDevice('adapter');
  sound = new PipelineCache(gpu.device, new KernelCatalog());
  const kernel = shaderSources.get('cross_entropy.wgsl') ?? '';
  const scale = 'step.inverse_tokens';
  expect(kernel).toContain(scale);
  const nan = `bitcast<f32>(select(bitcast<u32>(${scale}), 0x7fc00000u + step.step, step.step == 3u))`;
  spoiled = new PipelineCache(gpu.device, new KernelCatalog({ 'cross_entropy.wgsl': kernel.replaceAll(scale, nan) }));
});

afterEach(() => {
  for (const session of sessions.splice(0)) session.destroy();
});

afterAll(() => gpu.destroy());

interface Log {
  readonly steps: StepRow[];
  readonly evaluations: EvaluationRow[];
  readonly samples: SampleRow[];
  readonly failures: LabError[];
  readonly states: string[];
}

const characters = Array.from({ length: tinyModel.vocab_size }, (_, i) => String.fromCharCode(97 + i));

async function open(
  changes: Partial<TrainConfig>,
  cache = sound,
): Promise<{ session: TrainingSession; rank: Rank; log: Log }> {
  const train = { ...tinyTrain, evalEvery: 0, sampleEvery: 0, ...changes };
  const rank = await buildTinyRank(gpu, cache, 'blocked', { model: tinyModel, train });
  const tokenizer = { kind: 'char', characters } as const;
  const data: PreparedData = {
    tokenizer,
    vocabularySize: characters.length,
    trainTokens: tinyTokens,
    validationTokens: tinyTokens.slice(0, 100),
    bytesPerToken: 1,
    unigramEntropy: 1,
    bigramEntropy: 1,
    title: 'tiny',
    characters: tinyTokens.length,
    notices: [],
  };
  const log: Log = { steps: [], evaluations: [], samples: [], failures: [], states: [] };
  const runner = new SingleRunner(gpu.device, rank, train, data);
  await runner.begin();
  const session = new TrainingSession(
    runner,
    { ...defaultRunConfig, model: tinyModel, train },
    data,
    createTokenizer(tokenizer),
    {
      state: (state) => log.states.push(state),
      phase: () => undefined,
      steps: (rows) => log.steps.push(...rows),
      evaluation: (row) => log.evaluations.push(row),
      sample: (row) => log.samples.push(row),
      failure: (error) => log.failures.push(error),
      continueText: async (_, onToken) => {
        for (const token of [1, 2]) onToken(token);
      },
      readText: () => Promise.resolve(null),
      judge: () => Promise.resolve(null),
    },
  );
  sessions.push(session);
  return { session, rank, log };
}

const numbers = (rows: readonly StepRow[]): number[] => rows.map(({ step }) => step);
const losses = (rows: readonly StepRow[]): number[] => rows.map(({ loss }) => loss);

test('plays to the end, with every step, evaluation and sample handed out in order', async () => {
  const { session, log } = await open({ steps: 12, evalEvery: 5, sampleEvery: 6 });
  expect(await session.play()).toBe('finished');
  expect(numbers(log.steps)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
  expect(log.evaluations.map(({ step }) => step)).toEqual([5, 10, 12]);
  expect(log.samples.filter(({ done }) => done).map(({ step, text }) => [step, text])).toEqual([
    [6, 'bc'],
    [12, 'bc'],
  ]);
  expect(log.steps.every(({ elapsedMs }, i) => i === 0 || elapsedMs >= log.steps[i - 1].elapsedMs)).toBe(true);
  expect(await session.play()).toBe('finished');
  expect(log.failures).toEqual([]);
});

test('single steps, pause and play train as one run does', async () => {
  const whole = await open({ steps: 60 });
  await whole.session.play();
  const { session, rank, log } = await open({ steps: 60 });
  for (let i = 0; i < 3; i++) expect(await session.stepOnce()).toBe('paused');
  expect(numbers(log.steps)).toEqual([1, 2, 3]);
  const playing = session.play();
  expect(session.play()).toBe(playing);
  await session.pause();
  expect(await playing).toBe(session.currentState);
  expect(['paused', 'finished']).toContain(session.currentState);
  await session.play();
  expect(losses(log.steps)).toEqual(losses(whole.log.steps));
  expect(await rank.checksum()).toBe(await whole.rank.checksum());
});

test('reset begins the same run again, from the middle and from the end', async () => {
  const { session, rank, log } = await open({ steps: 20 });
  await session.play();
  const [first, end] = [losses(log.steps.splice(0)), await rank.checksum()];
  expect(await session.reset()).toBe('ready');
  for (let i = 0; i < 4; i++) await session.stepOnce();
  expect(await session.reset()).toBe('ready');
  expect(losses(log.steps.splice(0))).toEqual(first.slice(0, 4));
  await session.play();
  expect(losses(log.steps)).toEqual(first);
  expect(await rank.checksum()).toBe(end);
});

test('a step that is not finite stops the run and is named; reset clears it', async () => {
  const { session, rank, log } = await open({ steps: 50, nonFinite: 'stop' }, spoiled);
  expect(await session.play()).toBe('failed');
  expect(log.failures).toHaveLength(1);
  expect(log.failures[0].code).toBe('run.nonFinite');
  expect(log.failures[0].message).toContain('Step 3 ');
  for (const values of (await rank.readArena('parameters')).values()) expect(values.every(Number.isFinite)).toBe(true);
  await session.reset();
  const before = log.steps.length;
  expect(await session.stepOnce()).toBe('paused');
  expect(numbers(log.steps.slice(before))).toEqual([1]);
  expect(log.failures).toHaveLength(1);
});

test('it stops the run as the last step and as a single step too', async () => {
  const last = await open({ steps: 3, nonFinite: 'stop' }, spoiled);
  expect(await last.session.play()).toBe('failed');
  const { session } = await open({ steps: 9, nonFinite: 'stop' }, spoiled);
  expect(await session.stepOnce()).toBe('paused');
  expect(await session.stepOnce()).toBe('paused');
  expect(await session.stepOnce()).toBe('failed');
});

test('skipped, its update is left out whole and training goes on', async () => {
  const { session, rank, log } = await open({ steps: 6, nonFinite: 'skip' }, spoiled);
  await session.stepOnce();
  await session.stepOnce();
  const before = [await rank.checksum(), await rank.readArena('moment1')];
  await session.stepOnce();
  expect([await rank.checksum(), await rank.readArena('moment1')]).toEqual(before);
  expect(log.steps[2].nonFinite).toBeGreaterThan(0);
  expect(await session.play()).toBe('finished');
  expect(log.failures).toEqual([]);
  expect(await rank.checksum()).not.toBe(before[0]);
  expect(log.steps.filter(({ nonFinite }) => nonFinite > 0).map(({ step }) => step)).toEqual([3]);
});
