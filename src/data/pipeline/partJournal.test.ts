// A run that goes on from what an interrupted one wrote down gives what one run gives, wherever it was cut off and whatever was broken since.

import { expect, test } from 'vitest';
import { checkPipelineConfig } from '../../core/pipelineCheck';
import { MemoryStore } from '../../testing/memoryStore';
import { simulatedWorkers } from '../../testing/simulatedPieceWorkers';
import { createTokenizer } from '../createTokenizer';
import { type JournalFile, journaledBytes, PartJournal } from './partJournal';
import { PipelineRun } from './pipelineRun';
import { outOfRoom } from './shards/shardStore';
import { blobSource } from './source/byteSource';

class MemoryFile implements JournalFile {
  closed = false;

  constructor(
    public bytes = new Uint8Array(),
    readonly room = Number.POSITIVE_INFINITY,
  ) {}

  get size(): number {
    return this.bytes.length;
  }
  async append(added: Uint8Array<ArrayBuffer>): Promise<void> {
    if (this.size + added.length > this.room) throw outOfRoom('parts', added.length);
    const grown = new Uint8Array(this.size + added.length);
    grown.set(this.bytes);
    grown.set(added, this.size);
    this.bytes = grown;
  }
  async read(start: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return this.bytes.slice(start, start + length);
  }
  async truncate(size: number): Promise<void> {
    this.bytes = this.bytes.slice(0, size);
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

const line = (i: number) =>
  `On day ${i} the ship sailed ${i * 7} miles, and the crew spoke of whale number ${(i * 31) % 97}.`;
const lines = (from: number, count: number) => Array.from({ length: count }, (_, i) => line(from + i)).join('\n\n');
const sources = [
  blobSource('long.txt', new Blob([lines(0, 900)])),
  blobSource('short.txt', new Blob([lines(300, 20)])),
  blobSource('rows.jsonl', new Blob([`{"text":${JSON.stringify(line(5_000))}}\n{broken\n`])),
];
const total = sources.reduce((sum, { size }) => sum + size, 0);
const { config } = checkPipelineConfig({ source: { pieceKib: 16 }, split: { validationFraction: 0.2 } });
const tokenizer = createTokenizer({ kind: 'byte' });

async function run(file: JournalFile | null) {
  const worked: number[] = [];
  const { launch } = simulatedWorkers(sources, config, tokenizer, { seed: 3, delayMs: 0, deathRate: 0, mostDeaths: 0 });
  const store = new MemoryStore();
  const summary = await new PipelineRun({
    ...{ sources, config, tokenizer, workers: 2, store },
    launch: async (worker, plan, events) => {
      const hands = await launch(worker, plan, events);
      return {
        ...hands,
        process: (assignment) => {
          worked.push(assignment.piece.index);
          hands.process(assignment);
        },
      };
    },
    ...(file === null ? {} : { journal: new PartJournal(file) }),
  }).run();
  const files = [...store.files].map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')]);
  const { seconds: _s, recoveredBytes, stages, ...rest } = summary;
  const lasting = { ...rest, stages: stages.map(({ milliseconds: _m, ...stage }) => stage), files };
  return { lasting, recoveredBytes, worked: worked.length };
}

test('wherever it was cut off, it gives what one run gives, and only what is missing is made again', async () => {
  const whole = new MemoryFile();
  const { lasting, worked, recoveredBytes } = await run(whole);
  expect(worked).toBeGreaterThan(5);
  expect(recoveredBytes).toBe(0);
  expect(await journaledBytes(whole)).toBe(total);
  const { length } = whole.bytes;
  for (const cut of [0, 10, length >> 2, length >> 1, length - 1, length]) {
    const file = new MemoryFile(whole.bytes.slice(0, cut));
    const again = await run(file);
    expect(again.lasting, `cut off at ${cut} of ${length}`).toEqual(lasting);
    expect(again.recoveredBytes > 0).toBe(cut > length / 8);
    expect(again.worked).toBeLessThanOrEqual(worked);
    expect(await journaledBytes(file)).toBe(total);
  }
  expect((await run(new MemoryFile(whole.bytes))).worked).toBe(0);
});

test('from a broken record on, everything is made again', async () => {
  const whole = new MemoryFile();
  const { lasting, worked } = await run(whole);
  const bytes = whole.bytes.slice();
  bytes[bytes.length >> 1] ^= 1;
  const again = await run(new MemoryFile(bytes));
  expect(again.lasting).toEqual(lasting);
  expect(again.worked).toBeGreaterThan(0);
  expect(again.worked).toBeLessThan(worked);
  expect(again.recoveredBytes).toBeLessThan(total / 1.5);
});

test('where there is no room for it, the run goes on without it', async () => {
  const small = new MemoryFile(new Uint8Array(), 60_000);
  expect((await run(small)).lasting).toEqual((await run(null)).lasting);
  expect(small).toMatchObject({ size: 0, closed: true });
});
