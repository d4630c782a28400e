// Benchmarks that need several workers: all-reduce beside a plain copy, and training over a mesh beside one worker, alternating in one run.
// It runs in the host's worker and compares with nothing outside the page.

import { transfer } from 'comlink';
import { benchModel, benchTrain } from '../check/benchRun';
import { summary } from '../check/benchSummary';
import type { CheckContext } from '../check/conformance';
import { benchShapes, benchToken } from '../core/benchBatch';
import { LabError } from '../core/errors';
import { noLora } from '../core/loraConfig';
import type { BenchOptions, BenchRow, PreparedData } from '../core/records';
import { defaultRunConfig } from '../core/runConfig';
import { meshIssues } from '../parallel/meshRules';
import type { MeshSpec } from '../train/meshSpec';
import type { CollectiveBenchApi } from './collectiveBench';
import type { PeerPort } from './meshProtocol';
import { MeshRun } from './meshRun';
import { timeOneWorker } from './proof';
import { planMesh } from './run';
import { watchWorker } from './watchedWorker';

const RANKS = 4;
const SIZES = [4 * 1024, 64 * 1024, 1024 * 1024];
const ROUNDS = 30;

/** All-reduce over four workers by each algorithm, and the copy of the same bytes through one channel. */
export async function benchCollectives(onRow: (row: BenchRow) => void): Promise<BenchRow[]> {
  const dead = (why: string): LabError =>
    new LabError({ code: 'worker.dead', message: 'A worker of the benchmark stopped.', why });
  const workers = Array.from({ length: RANKS }, (_, rank) =>
    watchWorker<CollectiveBenchApi, { readonly type: string }>(
      new Worker(new URL('./collectiveWorker.ts', import.meta.url), { type: 'module', name: `collective ${rank}` }),
      () => undefined,
      dead,
      60,
    ),
  );
  const all = <T>(call: (api: (typeof workers)[number]['remote'], rank: number) => Promise<T>): Promise<T[]> =>
    Promise.all(workers.map((worker, rank) => worker.guard(() => call(worker.remote, rank))));
  const rows: BenchRow[] = [];
  const tell = (row: BenchRow): void => {
    rows.push(row);
    onRow(row);
  };
  try {
    const ports = workers.map((): PeerPort[] => []);
    for (let a = 0; a < RANKS; a++) {
      for (let b = a + 1; b < RANKS; b++) {
        const { port1, port2 } = new MessageChannel();
        ports[a].push({ peer: b, port: port1 });
        ports[b].push({ peer: a, port: port2 });
      }
    }
    const { port1, port2 } = new MessageChannel();
    const copyPorts = [port1, port2, null, null];
    await all((api, rank) => {
      const copyPort = copyPorts[rank] ?? null;
      const moved = [...ports[rank].map(({ port }) => port), ...(copyPort ? [copyPort] : [])];
      return api.setUp(rank, RANKS, transfer(ports[rank], moved), copyPort);
    });
    for (const elements of SIZES) {
      const megabytes = (4 * elements) / 1e6;
      const label = `all-reduce ${(4 * elements) / 1024} KiB x ${RANKS}`;
      for (let round = 0; round < 2; round++) {
        // Once to warm up, once to count; the copy before and after, so that a machine that grows busy is seen.
        const counted = round === 1;
        const copies = [await copyTimes(elements)];
        const byAlgorithm = new Map<string, number[]>();
        for (const algorithm of ['ring', 'direct', 'auto'] as const) {
          const times = await all((api) => api.reduce(elements, algorithm, ROUNDS));
          // The slowest rank's time is the call's.
          byAlgorithm.set(
            algorithm,
            times[0].map((_, at) => Math.max(...times.map((of) => of[at]))),
          );
        }
        copies.push(await copyTimes(elements));
        if (!counted) continue;
        tell(summary(label, 'copy through one channel', copies.flat(), megabytes, 'MB/s'));
        for (const [algorithm, times] of byAlgorithm) tell(summary(label, algorithm, times, megabytes, 'MB/s'));
      }
    }
    return rows;
  } finally {
    for (const worker of workers) worker.terminate();
  }

  async function copyTimes(elements: number): Promise<number[]> {
    const [first] = workers;
    return first.guard(() => first.remote.copy(elements, ROUNDS));
  }
}

/** Text of the benchmark's tokens, long enough that windows differ. */
function benchData(vocabulary: number): PreparedData {
  const tokens = Uint32Array.from({ length: 4096 }, (_, i) => benchToken(vocabulary, 0, i >> 10, i & 1023));
  return {
    tokenizer: { kind: 'byte' },
    vocabularySize: vocabulary,
    trainTokens: tokens,
    validationTokens: tokens,
    bytesPerToken: 1,
    unigramEntropy: 0,
    bigramEntropy: 0,
    title: 'benchmark',
    characters: tokens.length,
    notices: [],
  };
}

const MESH_ROUNDS = 3;

/** Tokens a second of a mesh and of one worker on the same global batch, in turn. */
export async function benchMesh(
  engine: CheckContext,
  limits: 'adapter' | 'min',
  options: BenchOptions,
  onRow: (row: BenchRow) => void,
): Promise<BenchRow[]> {
  const shape = benchShapes[options.size ?? 'small'];
  const parallel = { ...defaultRunConfig.parallel, ...options.parallel };
  const steps = options.steps ?? 20;
  const microBatches = options.microBatches ?? (parallel.pp > 1 ? 2 * parallel.pp : 1);
  const train = { ...benchTrain(shape, 10_000), microBatches };
  const spec: MeshSpec = { model: benchModel(shape), train, parallel, lora: noLora, keepOutputs: false };
  const [issue] = meshIssues({ ...defaultRunConfig, model: spec.model, train, parallel }, shape.vocabulary);
  if (issue)
    throw new LabError({
      code: 'config.invalid',
      message: `This mesh does not divide the benchmark's model: ${issue.path} cannot be ${issue.got}.`,
      why: `It takes ${issue.expected}.`,
    });
  const data = benchData(shape.vocabulary);
  const name = `mesh dp ${parallel.dp} x pp ${parallel.pp} x tp ${parallel.tp}, zero ${parallel.zero}`;
  const mesh = await MeshRun.start({
    spec,
    plans: planMesh(engine, spec),
    limits,
    choices: engine.choices.snapshot(),
    rates: engine.rates,
    data,
    emit: () => undefined,
    onFailure: () => undefined,
  });
  try {
    const tokens = train.batchSize * train.sequenceLength;
    const meshTimes: number[] = [];
    const oneTimes: number[] = [];
    let done = 0;
    const run = async (count: number): Promise<number> => {
      const startMs = performance.now();
      for (let i = 0; i < count; i++) await mesh.queue(done++, train.learningRate);
      await mesh.drain();
      return (performance.now() - startMs) / count;
    };
    await run(3);
    for (let round = 0; round < MESH_ROUNDS; round++) {
      oneTimes.push((1000 * tokens) / (await timeOneWorker(engine, spec, data)));
      meshTimes.push(await run(steps));
    }
    const { waiting, device } = await mesh.throughput();
    const rows = [
      summary('train', 'one worker, same global batch', oneTimes, tokens, 'tokens/s'),
      summary(
        'train',
        `${name}, waiting ${percent(waiting)}, device ${percent(device)}`,
        meshTimes,
        tokens,
        'tokens/s',
      ),
    ];
    for (const row of rows) onRow(row);
    return rows;
  } finally {
    mesh.destroy();
  }
}

function percent(share: number): string {
  return `${Math.round(100 * share)}%`;
}
