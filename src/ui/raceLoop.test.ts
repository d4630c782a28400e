import { beforeEach, expect, test } from 'vitest';
import { defaultRunConfig, type RunConfig } from '../core/runConfig';
import { createRaceLoop, type RaceLoop, type RaceRank } from './raceLoop';
import { lineUp, raceStore } from './stores/raceStore';

const base: RunConfig = { ...defaultRunConfig, parallel: { ...defaultRunConfig.parallel, dp: 2 } };
const evaluation = { step: 10, loss: 2, bitsPerByte: 1, perplexity: 7, tokens: 64 };
const step = (number: number, staleness: number) => ({
  step: number,
  loss: 1 / number,
  gradientNorm: 1,
  learningRate: 0.1,
  tokens: 64,
  elapsedMs: number,
  nonFinite: 0,
  staleness,
});
const ledger = (rank: number, bytesOut: number) => ({
  ...{ rank, collective: 'allReduce' as const, axis: 'dp', what: 'gradients', calls: 1, messages: 1 },
  ...{ bytesOut, bytesIn: 0, milliseconds: 1 },
});

let loop: RaceLoop;
const calls: string[] = [];
function raceWith(rank: Partial<RaceRank>): void {
  loop = createRaceLoop({
    prepare: async ({ parallel }) => calls.push(`prepare ${parallel.compression}`),
    play: async () => {
      loop.take({ type: 'steps', rows: [step(1, 0), step(2, 1)] });
      loop.take({ type: 'ledger', rows: [ledger(0, 100), ledger(1, 300)] });
      return 'finished';
    },
    pause: async () => 'paused',
    evaluate: async () => {
      loop.take({ type: 'ledger', rows: [ledger(0, 9000)] });
      return evaluation;
    },
    replace: () => calls.push('replace'),
    ...rank,
  });
}

beforeEach(() => {
  calls.length = 0;
  lineUp(['sync', 'int8'], base, 10);
});

test('contenders follow each other; what evaluating sends is not counted', async () => {
  raceWith({});
  const running = loop.run();
  expect(loop.active).toBe(true);
  await running;
  expect(loop.active).toBe(false);
  expect(calls).toEqual(['prepare none', 'prepare int8']);
  for (const entry of raceStore.getState().entries) {
    expect(entry).toMatchObject({ status: 'done', heldOut: evaluation, staleness: 1 });
    expect(entry.traffic).toEqual({ bytesOut: 400, step: 2 });
    expect(entry.curve.loss).toEqual([1, 0.5]);
  }
});

test('one that fails keeps its error, gets its worker replaced, and the next one races', async () => {
  const play = async () => {
    if (calls.length > 1) return 'finished' as const;
    loop.take({ type: 'failure', error: { code: 'run.nonFinite', message: 'Step 3 has no loss.' } });
    return 'failed' as const;
  };
  raceWith({ play });
  await loop.run();
  const [sync, int8] = raceStore.getState().entries;
  expect(sync).toMatchObject({ status: 'failed', error: { code: 'run.nonFinite', message: 'Step 3 has no loss.' } });
  expect(int8?.status).toBe('done');
  expect(calls).toEqual(['prepare none', 'replace', 'prepare int8']);
});

test('stopping pauses the one in turn and lets the others be', async () => {
  let end: (state: 'paused') => void = () => undefined;
  const paused = new Promise<'paused'>((resolve) => {
    end = resolve;
  });
  raceWith({
    play: () => {
      setTimeout(() => loop.stop());
      return paused;
    },
    pause: async () => {
      end('paused');
      return 'paused';
    },
  });
  await loop.run();
  expect(raceStore.getState().entries.map(({ status }) => status)).toEqual(['stopped', 'stopped']);
  expect(calls).toEqual(['prepare none']);
});
