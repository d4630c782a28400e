// A data run in a folder of the browser's own storage: what it was asked (run.json), the parts it has taken (parts.log), its shards, and what it
// told at its end (result.txt). One run at a time may write there. In a worker only. What is done with documents is decided in data/pipeline.

import { LabError } from '../core/errors';
import type { PipelineSummary, ShardRecord } from '../core/pipelineRecords';
import type { BrokenFile, RunManifest, StoredFile, StoredRun } from '../core/storedRun';
import { journaledBytes, PartJournal } from '../data/pipeline/partJournal';
import type { DocumentPlaces } from '../data/pipeline/readDocument';
import { isOutOfRoom, type ShardStore } from '../data/pipeline/shards/shardStore';
import { sha256 } from '../data/pipeline/shards/splitWriter';
import type { ByteSource } from '../data/pipeline/source/byteSource';
import { sourceSum } from '../data/pipeline/sourceSum';
import { emptyOpfsStore, openOpfsJournal, openOpfsStore, removeFromOpfs, storedBytes } from './opfsStore';
import type { PipelineFile, PipelineRequest } from './protocol';

const MANIFEST = 'run.json';
const RESULT = 'result.txt';
const JOURNAL = 'parts.log';
const INDEX = 'index.json';

/** The name of this script has a hash of the code that it was built from. */
const BUILD = new URL(import.meta.url).pathname;

export class KeptRun {
  private constructor(
    private readonly folder: string,
    readonly store: ShardStore,
    private readonly manifest: RunManifest,
    readonly journal: PartJournal,
  ) {}

  /** What was in the folder goes. @throws LabError `storage` */
  static async begin(folder: string, request: PipelineRequest, sources: readonly ByteSource[]): Promise<KeptRun> {
    const store = await emptyOpfsStore(folder);
    const { config, workers, tokenizerJson = null } = request;
    const files = await Promise.all(request.files.map((file, i) => storedFile(file, sources[i])));
    const facts = { build: BUILD, startedAt: Date.now(), files, config, tokenizerJson, workers };
    const manifest: RunManifest = { version: 1, ...facts };
    await store.write(MANIFEST, textBytes(JSON.stringify(manifest)));
    return new KeptRun(folder, store, manifest, new PartJournal(await openOpfsJournal(folder, JOURNAL)));
  }

  /** @throws LabError `data.invalid` where the run or a file is another one */
  static async goOn(folder: string, request: PipelineRequest, sources: readonly ByteSource[]): Promise<KeptRun> {
    const manifest = await readManifest(folder);
    const asked = JSON.stringify([request.config, request.tokenizerJson ?? null]);
    if (
      manifest === null ||
      manifest.build !== BUILD ||
      JSON.stringify([manifest.config, manifest.tokenizerJson]) !== asked
    )
      throw new LabError({
        code: 'data.invalid',
        message: 'There is no run that can go on.',
        why:
          manifest === null ? 'It was deleted.' : 'It was begun by another version of the lab, or with other settings.',
        advice: 'Run it again with the same settings.',
      });
    const given = await Promise.all(request.files.map((file, i) => storedFile(file, sources[i])));
    for (const [i, { name, size, sum }] of manifest.files.entries()) {
      const same = given.at(i)?.name === name && given.at(i)?.size === size && given.at(i)?.sum === sum;
      if (!same)
        throw new LabError({
          code: 'data.invalid',
          message: `${name} is not the file that the run began with.`,
          why: `It had ${size} bytes and another checksum.`,
          advice: 'Add the file as it was, or run again with the same settings.',
        });
    }
    const journal = new PartJournal(await openOpfsJournal(folder, JOURNAL));
    return new KeptRun(folder, await openOpfsStore(folder), manifest, journal);
  }

  /** The run is over, and its parts are no longer needed. */
  async finish(summary: PipelineSummary, places: DocumentPlaces | null): Promise<void> {
    await this.close();
    await removeFromOpfs(this.folder, JOURNAL);
    const told = JSON.stringify({ manifest: this.manifest, summary, places, endedAt: Date.now() });
    try {
      await this.store.write(RESULT, textBytes(`${await sha256(textBytes(told))}\n${told}`));
    } catch (error) {
      // The shards are there; that they do not come back after a reload is no reason to lose them now.
      if (!isOutOfRoom(error)) throw error;
    }
  }

  close(): Promise<void> {
    return this.journal.close();
  }
}

/** @throws LabError `storage` while another run writes there */
export async function aloneIn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  return navigator.locks.request(lockOf(folder), { ifAvailable: true }, async (lock) => {
    if (lock !== null) return work();
    throw new LabError({
      code: 'storage',
      message: 'Another tab is preparing data.',
      why: 'The shards of both would lie in the same folder.',
      advice: 'Let it end, or close it.',
    });
  });
}

export interface Found {
  readonly run: StoredRun;
  /** Of a finished run. */
  readonly places: DocumentPlaces | null;
}

/** What is in the folder; shards are checked against their sums. @throws LabError `storage` */
export async function lookInto(folder: string): Promise<Found | null> {
  const { held = [] } = await navigator.locks.query();
  const elsewhere = held.some(({ name }) => name === lockOf(folder));
  if (!elsewhere && (await storedBytes(folder, INDEX)) !== null) return finished(folder);
  const manifest = await readManifest(folder);
  if (manifest === null) return null;
  const totalBytes = manifest.files.reduce((sum, { size }) => sum + size, 0);
  const bytes = elsewhere ? 0 : await bytesIn(folder);
  const other = manifest.build === BUILD ? null : ('another version' as const);
  const obstacle = elsewhere ? ('running elsewhere' as const) : bytes === 0 ? ('nothing was kept' as const) : other;
  return { run: { state: 'interrupted', manifest, bytes, totalBytes, obstacle }, places: null };
}

/** @throws LabError `storage` while a run writes there */
export function forget(folder: string): Promise<void> {
  return aloneIn(folder, async () => void (await emptyOpfsStore(folder)));
}

type Told = Pick<Extract<StoredRun, { state: 'finished' }>, 'manifest' | 'summary' | 'endedAt'> & Pick<Found, 'places'>;

async function finished(folder: string): Promise<Found | null> {
  const store = await openOpfsStore(folder);
  const [sum, told] = ((await readText(folder, RESULT)) ?? '').split('\n');
  if (told === undefined || (await sha256(textBytes(told))) !== sum) return null;
  const { manifest, summary, places, endedAt }: Told = JSON.parse(told);
  const { train, validation } = summary.index.splits;
  const broken: BrokenFile[] = [];
  for (const split of [train, validation]) {
    for (const record of [...split.shards, split.documentsFile]) {
      const why = await whyBroken(store, record);
      if (why !== null) broken.push({ name: record.name, why });
    }
  }
  return { run: { state: 'finished', manifest, summary, endedAt, broken }, places };
}

async function whyBroken(store: ShardStore, { name, bytes, sha256: sum }: ShardRecord): Promise<string | null> {
  try {
    const content = await store.read(name, 0, Number.MAX_SAFE_INTEGER);
    if (content.length !== bytes) return `It has ${content.length} of ${bytes} bytes.`;
    return (await sha256(content)) === sum ? null : 'Its checksum is another one.';
  } catch (error) {
    return error instanceof LabError ? (error.why ?? error.message) : String(error);
  }
}

async function bytesIn(folder: string): Promise<number> {
  const size = await storedBytes(folder, JOURNAL);
  if (size === null) return 0;
  const store = await openOpfsStore(folder);
  return journaledBytes({ size, read: (start, length) => store.read(JOURNAL, start, start + length) });
}

async function readManifest(folder: string): Promise<RunManifest | null> {
  const text = await readText(folder, MANIFEST);
  if (text === null) return null;
  const manifest: RunManifest = JSON.parse(text);
  return manifest.version === 1 ? manifest : null;
}

async function readText(folder: string, name: string): Promise<string | null> {
  if ((await storedBytes(folder, name)) === null) return null;
  const store = await openOpfsStore(folder);
  return new TextDecoder().decode(await store.read(name, 0, Number.MAX_SAFE_INTEGER));
}

async function storedFile(
  { name, content, preset, filteredOnly }: PipelineFile,
  source: ByteSource,
): Promise<StoredFile> {
  const origin =
    preset !== undefined
      ? { preset }
      : 'task' in content
        ? { task: content.task }
        : 'corpus' in content
          ? { corpus: content.corpus }
          : ('file' as const);
  // A file that cannot be read is left out by the run itself, with its reason.
  const sum = await sourceSum(source).catch(() => '');
  return { name, size: source.size, sum, origin, ...(filteredOnly === undefined ? {} : { filteredOnly }) };
}

function lockOf(folder: string): string {
  return `data run ${folder}`;
}

function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
