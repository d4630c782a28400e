// A run and its store: every write that finds no room is waited for and loses nothing, with tokens of four bytes too; and what is in memory does not
// grow with what streams through.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { checkPipelineConfig } from '../../core/pipelineCheck';
import { MemoryStore } from '../../testing/memoryStore';
import { simulatedWorkers } from '../../testing/simulatedPieceWorkers';
import { createTokenizer } from '../createTokenizer';
import type { TokenBuffer } from '../tokenBuffer';
import type { Tokenizer } from '../tokenizer';
import { PipelineRun } from './pipelineRun';
import { ShardReader } from './shards/shardReader';
import { outOfRoom, type ShardStore, type SpillFile } from './shards/shardStore';
import { type ByteSource, blobSource } from './source/byteSource';

const calm = { seed: 1, delayMs: 0, deathRate: 0, mostDeaths: 0 };

/** A token a code point: more of them than two bytes can tell. */
const codePoints: Tokenizer = {
  spec: { kind: 'byte' },
  vocabularySize: 0x2_0000,
  encode: (text) => Uint32Array.from([...text], (character) => character.codePointAt(0) ?? 0),
  encodeCounted: (text) => ({ ids: codePoints.encode(text), dropped: 0 }),
  encodeInto(text: string, tokens: TokenBuffer) {
    tokens.push(codePoints.encode(text));
    return 0;
  },
  decode: (ids) => String.fromCodePoint(...Array.from(ids)),
};

/** Has no room at one of its writes. */
class ShortStore extends MemoryStore {
  writes = 0;

  constructor(private readonly shortAt: number) {
    super();
  }

  #count(): void {
    if (++this.writes === this.shortAt) throw outOfRoom('this', 1);
  }

  override async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#count();
    await super.write(name, bytes);
  }

  override async openSpill(): Promise<SpillFile> {
    this.#count();
    const file = await super.openSpill();
    const append: SpillFile['append'] = async (parts) => {
      this.#count();
      return file.append(parts);
    };
    return { ...file, append };
  }
}

test('wherever a write finds no room, the run waits once and gives the same; tokens of four bytes come back', async () => {
  const lines = Array.from(
    { length: 120 },
    (_, i) => `On day ${i} the 🚢 met whale number ${(i * 31) % 97} 🐋 in 大海.`,
  );
  const sources = [blobSource('log.txt', new Blob([`!!!\n\n${lines.join('\n\n')}\n\n${lines[3]}`]))];
  const { config } = checkPipelineConfig({
    stages: ['normalize', 'exact-dedup', 'decontaminate'],
    source: { pieceKib: 16 },
    split: { validationFraction: 0.2 },
    pack: { sequenceLength: 32, shardTokens: 1_024 },
  });
  const run = async (store: ShortStore) => {
    let stalls = 0;
    const running: PipelineRun = new PipelineRun({
      ...{ sources, config, tokenizer: codePoints, workers: 2, store, heldBytes: 9_000 },
      launch: simulatedWorkers(sources, config, codePoints, calm).launch,
      onStalled: () => {
        stalls++;
        setTimeout(() => running.resume(), 0);
      },
    });
    const { index } = await running.run();
    return { index, stalls, files: [...store.files].sort(([a], [b]) => (a < b ? -1 : 1)) };
  };
  const store = new ShortStore(0);
  const whole = await run(store);
  expect(whole.index.dtype).toBe('uint32');
  expect(store.writes).toBeGreaterThan(8);
  const { train, validation } = whole.index.splits;
  const texts = await Promise.all(
    [train, validation].map(async ({ tokens }, i) =>
      codePoints.decode(await new ShardReader(whole.index, i === 0 ? 'train' : 'validation', store).tokens(0, tokens)),
    ),
  );
  for (const line of lines) expect(texts.filter((text) => text.includes(line))).toHaveLength(1);
  for (let write = 1; write <= store.writes; write++) {
    const { stalls, files } = await run(new ShortStore(write));
    expect(stalls, `write ${write}`).toBe(1);
    expect(files).toEqual(whole.files);
  }
});

test('memory stays flat while documents stream through: what is live late is what was live early', async () => {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  const paragraph = 'The sea was calm and nobody on deck had spoken for an hour when the lookout saw a sail. '.repeat(
    40,
  );
  const block = new TextEncoder().encode(`${paragraph}\n\n`);
  const size = 8_000 * block.length;
  const live: { readonly read: number; readonly bytes: number }[] = [];
  // Made as it is read: nothing holds the file.
  const source: ByteSource = {
    name: 'long.txt',
    size,
    read: async (start, end) => {
      if (start >= ((live.length + 1) * size) / 8) {
        if (typeof collect === 'function') collect();
        const { heapUsed, arrayBuffers } = process.memoryUsage();
        live.push({ read: start, bytes: heapUsed + arrayBuffers });
      }
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length; ) {
        const from = (start + at) % block.length;
        bytes.set(block.subarray(from, from + bytes.length - at), at);
        at += block.length - from;
      }
      return bytes;
    },
  };
  const nothing: SpillFile = {
    append: async () => 0,
    read: async (_start, length) => new Uint8Array(length),
    discard: async () => {},
  };
  const store: ShardStore = {
    write: async () => {},
    read: () => Promise.reject(new Error('nothing is kept')),
    openSpill: async () => nothing,
  };
  const { config } = checkPipelineConfig({ stages: ['decontaminate'], source: { pieceKib: 256 } });
  const tokenizer = createTokenizer({ kind: 'byte' });
  await new PipelineRun({
    ...{ sources: [source], config, tokenizer, workers: 2, store, heldBytes: 2 << 20 },
    launch: simulatedWorkers([source], config, tokenizer, calm).launch,
  }).run();
  console.log(
    `live memory: ${live.map(({ read, bytes }) => `${(bytes / 1e6).toFixed(1)} MB at ${(read / 1e6).toFixed(0)}`).join(', ')}`,
  );
  const [early, late] = [live[0], live[live.length - 1]];
  expect(late.read - early.read).toBeGreaterThan(9e6);
  expect(late.bytes - early.bytes).toBeLessThan(2e6);
});
