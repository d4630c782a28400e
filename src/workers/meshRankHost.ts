// The host in a rank's worker: owns the device, the rank and its links, and answers MeshRankApi. It computes nothing itself and knows no page.

import { transfer } from 'comlink';
import { LabError, toLabErrorData } from '../core/errors';
import type { MeshRankFacts, RankActivity, RankActivityState, TraceEvent } from '../core/meshRecords';
import { batch, validationBatches } from '../data/batcher';
import { openDevice } from '../gpu/device';
import { KernelCatalog } from '../gpu/kernelCatalog';
import { PipelineCache } from '../gpu/pipelineCache';
import { recordedChoices } from '../gpu/recordedChoices';
import { initialPiece } from '../model/initialize';
import { enableVectorSums } from '../parallel/collectives/vectorSum';
import { coordinatesOf, meshAxes } from '../parallel/mesh';
import { Endpoint, type LinkPort } from '../parallel/transport/endpoint';
import { MeshLinks } from '../train/meshLinks';
import { MeshRank } from '../train/meshRank';
import { planMeshRank } from '../train/meshRankPlan';
import type { MicroBatch } from '../train/rank';
import type { StepMetrics } from '../train/stepMetrics';
import type { InitializedPart, MeshRankApi, MeshRankEvent, MeshRankSetup, MeshTurn, PeerPort } from './meshProtocol';

const HEARTBEAT_MS = 250;
/** The ledger is sent this often while turns run. */
const LEDGER_MS = 500;

export class MeshRankHost {
  private port: MessagePort | null = null;
  private setup: MeshRankSetup | null = null;
  private rank: MeshRank | null = null;
  private state: RankActivityState = 'starting';
  private step = 0;
  private totalMs = 0;
  private waitMs = 0;
  private ledgerSentMs = 0;
  /** Of the last turns: what of their time was not spent waiting for other ranks. */
  private busyShare = 0;
  /** The held-out windows, made when they are first wanted. */
  private heldOut: readonly MicroBatch[] | null = null;
  private queue: Promise<unknown> = Promise.resolve();

  private emit(event: MeshRankEvent): void {
    this.port?.postMessage(event);
  }

  private activity(): RankActivity | null {
    if (!this.rank || !this.setup) return null;
    const { endpoint } = this.rank.links;
    return {
      rank: this.setup.rank,
      state: this.state,
      step: this.step,
      bytesIn: endpoint.bytesIn,
      bytesOut: endpoint.bytesOut,
      busyShare: this.busyShare,
    };
  }

  private require<T>(thing: T | null): T {
    if (thing === null) throw new LabError({ code: 'internal', message: 'This rank was not set up' });
    return thing;
  }

  private async setUp(setup: MeshRankSetup, ports: readonly PeerPort[]): Promise<MeshRankFacts> {
    this.setup = setup;
    const { spec, rank } = setup;
    const gpu = await openDevice(setup.limits);
    gpu.onUncapturedError = (error) => this.fail(error);
    void gpu.lost.then((error) => {
      if (error) this.fail(error);
    });
    enableVectorSums();
    const cache = new PipelineCache(gpu.device, new KernelCatalog());
    const plan = planMeshRank(spec, rank, recordedChoices(setup.choices, gpu.facts), cache.catalog);
    const { parallel } = spec;
    const endpoint = new Endpoint({
      rank,
      run: setup.run,
      generation: setup.generation,
      ports: new Map(ports.map(({ peer, port }): [number, LinkPort] => [peer, port])),
      linkFrom: (peer) => linkSpeed(spec, rank, peer),
    });
    const links = new MeshLinks(endpoint, parallel);
    this.rank = await MeshRank.build(gpu, cache, plan, setup.rates, links, (done, total) =>
      this.emit({ type: 'compile', done, total }),
    );
    this.state = 'ready';
    const memory = this.rank.memoryRows;
    return {
      rank,
      coordinates: plan.at,
      stages: plan.stages.map(({ span }) => span),
      parameterCount: plan.shards.reduce((sum, { length }) => sum + length, 0),
      memory,
      totalBytes: memory.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  private fail(error: LabError): void {
    this.state = 'failed';
    this.rank?.links.endpoint.abort(error);
    this.emit({ type: 'failure', error: error.toData() });
  }

  private async initialize(seed: number): Promise<InitializedPart[]> {
    const rank = this.require(this.rank);
    const { spec, parameters, at, layoutOfMesh } = rank.plan;
    const made = new Map<string, number>();
    rank.initialize((name, start, length) => {
      const parameter = parameters.get(name);
      if (!parameter) throw new LabError({ code: 'internal', message: `There is no parameter ${name}` });
      made.set(name, (made.get(name) ?? 0) + length);
      const { placement, wholeShape: shape, init } = parameter;
      const place = { placement, parts: layoutOfMesh.mesh.tp, index: at.tp, start, length };
      return initialPiece(spec.model, { name, shape, init }, seed, place);
    });
    this.step = 0;
    this.state = 'ready';
    return [...made].map(([name, elements]) => ({ name, elements }));
  }

  private microBatch(turn: MeshTurn, index: number): MicroBatch {
    const { spec, trainTokens, validationTokens } = this.require(this.setup);
    const { train, parallel } = spec;
    const { at, layoutOfMesh } = this.require(this.rank).plan;
    const { batches } = turn;
    if (batches.from === 'given') return batches.microBatches[index];
    if (batches.from === 'train')
      return batch(trainTokens, {
        seed: train.seed,
        step: turn.step - 1,
        rank: at.dp,
        dpSize: parallel.dp,
        microBatch: index,
        microBatches: train.microBatches,
        batchSize: train.batchSize,
        sequenceLength: train.sequenceLength,
      });
    const rows = layoutOfMesh.microBatchRows;
    this.heldOut ??= validationBatches(validationTokens, {
      batches: Math.ceil((train.evalBatches * train.batchSize) / rows),
      batchSize: rows,
      sequenceLength: train.sequenceLength,
    });
    const found = this.heldOut.at(batches.first + at.dp * train.microBatches + index);
    return found ?? emptyBatch(rows * train.sequenceLength);
  }

  private async turn(turn: MeshTurn): Promise<StepMetrics> {
    const rank = this.require(this.rank);
    const startMs = performance.now();
    const events: TraceEvent[] = [];
    let waitMs = 0;
    rank.onAction = (times) => {
      waitMs += times.waitMs;
      if (turn.trace) events.push({ rank: rank.plan.rank, step: turn.step, ...times });
    };
    this.state = 'computing';
    const metrics = await rank.run(
      turn.mode,
      {
        step: turn.step,
        learningRate: turn.learningRate,
        validTokens: turn.validTokens,
        microBatch: (index) => this.microBatch(turn, index),
      },
      turn.turn,
    );
    const spent = performance.now() - startMs;
    this.totalMs += spent;
    this.waitMs += waitMs;
    this.busyShare = spent > 0 ? 1 - Math.min(1, waitMs / spent) : 0;
    if (turn.mode === 'train' || turn.mode === 'local') this.step = turn.step;
    if (turn.trace) this.emit({ type: 'trace', step: turn.step, events });
    if (performance.now() - this.ledgerSentMs > LEDGER_MS) {
      this.ledgerSentMs = performance.now();
      this.emit({ type: 'ledger', rows: rank.links.ledger.rows() });
    }
    return metrics;
  }

  private async run(turns: readonly MeshTurn[]): Promise<StepMetrics[]> {
    const rank = this.require(this.rank);
    const results: StepMetrics[] = [];
    try {
      for (const turn of turns) results.push(await this.turn(turn));
    } catch (error) {
      const failure = error instanceof LabError ? error : new LabError(toLabErrorData(error), { cause: error });
      rank.links.endpoint.abort(failure);
      this.state = 'failed';
      throw failure;
    }
    this.state = 'paused';
    return results;
  }

  /** Turns are run one after another, whoever asks. */
  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.queue.then(work, work);
    this.queue = next.catch(() => undefined);
    return next;
  }

  readonly api: MeshRankApi = {
    connect: async (port) => {
      this.port = port;
      setInterval(() => this.emit({ type: 'heartbeat', activity: this.activity() }), HEARTBEAT_MS);
    },
    setUp: (setup, ports) => this.setUp(setup, ports),
    initialize: (seed) => this.inTurn(() => this.initialize(seed)),
    writeParameters: (values) => this.inTurn(async () => this.require(this.rank).writeParameters(values)),
    run: (turns) => this.inTurn(() => this.run(turns)),
    pieces: (arena) =>
      this.inTurn(async () => {
        const pieces = await this.require(this.rank).pieces(arena);
        return transfer(
          pieces,
          pieces.map(({ values }) => values.buffer),
        );
      }),
    outputs: () => this.inTurn(() => this.require(this.rank).outputs()),
    checksum: () => this.inTurn(() => this.require(this.rank).checksum()),
    times: async () => ({
      totalMs: this.totalMs,
      waitMs: this.waitMs,
      deviceMs: this.rank?.deviceWaitMs ?? 0,
    }),
    abort: async (error) => this.rank?.links.endpoint.abort(new LabError(error)),
  };
}

/** Rows that do not count, for a micro-batch past the held-out windows. */
function emptyBatch(tokens: number): MicroBatch {
  return { inputs: new Uint32Array(tokens), targets: new Int32Array(tokens).fill(-100), firstRow: 0 };
}

/** The emulated speed between two ranks: that of the first axis along which they differ. */
function linkSpeed(
  { parallel }: MeshRankSetup['spec'],
  a: number,
  b: number,
): { latencyMs: number; megabytesPerSecond: number } {
  const [from, to] = [coordinatesOf(parallel, a), coordinatesOf(parallel, b)];
  const axis = (['pp', 'dp', 'tp'] as const).find((name) => from[name] !== to[name]) ?? meshAxes[0];
  return { latencyMs: parallel[`${axis}LatencyMs`], megabytesPerSecond: parallel[`${axis}Bandwidth`] };
}
