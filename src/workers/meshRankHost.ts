// The host in a rank's worker: owns the device, the rank and its links, and answers MeshRankApi. It computes nothing itself and knows no page.

import { transfer } from 'comlink';
import { asLabError, LabError, toLabErrorData } from '../core/errors';
import { learningRate } from '../core/lrSchedule';
import type { MeshRankFacts, RankActivity, RankActivityState, TraceEvent } from '../core/meshRecords';
import type { ParallelConfig } from '../core/runConfig';
import { sumLengths } from '../core/spans';
import { openDevice } from '../gpu/device';
import { KernelCatalog } from '../gpu/kernelCatalog';
import { PipelineCache } from '../gpu/pipelineCache';
import { recordedChoices } from '../gpu/recordedChoices';
import type { InferEngine } from '../infer/inferEngine';
import type { TextReply } from '../infer/stageText';
import { initialPieceInTurns } from '../model/initialize';
import { enableVectorSums } from '../parallel/collectives/vectorSum';
import { coordinatesOf, meshAxes } from '../parallel/mesh';
import { gradientWorkers } from '../parallel/strategies/serviceOwners';
import { Endpoint, type LinkPort, sentSince } from '../parallel/transport/endpoint';
import { ledgerSince } from '../parallel/transport/ledger';
import { MeshLinks } from '../train/meshLinks';
import { MeshRank } from '../train/meshRank';
import { planMeshRank } from '../train/meshRankPlan';
import { shownIndex } from '../train/shownPlan';
import type { StepMetrics } from '../train/stepMetrics';
import type {
  AsyncMeshTurn,
  InitializedPart,
  MeshRankApi,
  MeshRankEvent,
  MeshRankSetup,
  MeshTurn,
  PeerPort,
  RankSetup,
  TextTurn,
} from './meshProtocol';
import { RankBatches } from './meshRankBatches';
import { RankTexts } from './rankTexts';
import { RoundTrace } from './roundTrace';

const HEARTBEAT_MS = 250;
/** The ledger is sent this often while turns run. */
const LEDGER_MS = 500;
/** A rank is given this long to answer, as its endpoint has it. */
const DEADLINE_MS = 60_000;

export class MeshRankHost {
  private port: MessagePort | null = null;
  private setup: RankSetup | null = null;
  private engine: InferEngine | null = null;
  private links: MeshLinks | null = null;
  private rank: MeshRank | null = null;
  private texts: RankTexts | null = null;
  private batches: RankBatches | null = null;
  private state: RankActivityState = 'starting';
  private step = 0;
  private totalMs = 0;
  private waitMs = 0;
  private ledgerSentMs = 0;
  /** Of the last turns: what of their time was not spent waiting for other ranks. */
  private busyShare = 0;
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

  private requireBuilt(): { readonly rank: MeshRank; readonly batches: RankBatches } {
    return { rank: this.require(this.rank), batches: this.require(this.batches) };
  }

  /** Opens the device and the links. */
  private async join(
    setup: RankSetup,
    ports: readonly PeerPort[],
  ): Promise<{ readonly engine: InferEngine; readonly links: MeshLinks }> {
    this.setup = setup;
    const { spec, rank } = setup;
    const gpu = await openDevice(setup.limits);
    gpu.onUncapturedError = (error) => this.fail(error);
    void gpu.lost.then((error) => {
      if (error) this.fail(error);
    });
    enableVectorSums();
    const cache = new PipelineCache(gpu.device, new KernelCatalog());
    const { parallel } = spec;
    const endpoint = new Endpoint({
      rank,
      run: setup.run,
      generation: setup.generation,
      ports: new Map(ports.map(({ peer, port }): [number, LinkPort] => [peer, port])),
      linkFrom: (peer) => linkSpeed(spec, rank, peer),
      ...patience(parallel),
    });
    const links = new MeshLinks(endpoint, parallel);
    this.links = links;
    const engine = { gpu, cache, choices: recordedChoices(setup.choices, gpu.facts), rates: setup.rates };
    this.engine = engine;
    return { engine, links };
  }

  private compiled(done: number, total: number): void {
    this.emit({ type: 'compile', done, total });
  }

  private async setUp(setup: MeshRankSetup, ports: readonly PeerPort[]): Promise<MeshRankFacts> {
    const { engine, links } = await this.join(setup, ports);
    const { gpu, cache, choices, rates } = engine;
    const { rank } = setup;
    const plan = planMeshRank(setup.spec, rank, choices, cache.catalog);
    this.rank = await MeshRank.build(gpu, cache, plan, rates, links, (done, total) => this.compiled(done, total));
    this.batches = new RankBatches(plan, setup.data);
    this.state = 'ready';
    const memory = this.rank.memoryRows;
    return {
      rank,
      coordinates: plan.at,
      stages: plan.stages.map(({ span }) => span),
      parameterCount: sumLengths(plan.shards),
      memory,
      totalBytes: memory.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  }

  private async setUpTexts(setup: RankSetup, ports: readonly PeerPort[]): Promise<void> {
    const { engine, links } = await this.join(setup, ports);
    this.texts = await RankTexts.alone(engine, setup.spec, links);
    this.state = 'ready';
  }

  private requireTexts(): RankTexts {
    this.texts ??= RankTexts.ofRank(this.require(this.engine), this.require(this.rank));
    return this.texts;
  }

  private text({ turn, texts, work }: TextTurn): Promise<TextReply> {
    return this.guarded(async () => {
      this.require(this.links).endpoint.step = turn;
      if ((this.rank?.plan.at.dp ?? 0) > 0) return { tokens: null, bytesOut: 0 };
      this.state = 'computing';
      const reply = await this.requireTexts().run(texts, work);
      this.sendLedger();
      return reply;
    });
  }

  private fail(error: LabError): void {
    this.state = 'failed';
    this.links?.endpoint.abort(error);
    this.emit({ type: 'failure', error: error.toData() });
  }

  private async initialize(seed: number): Promise<InitializedPart[]> {
    const rank = this.require(this.rank);
    const { parameters, at, layoutOfMesh } = rank.plan;
    const made = new Map<string, number>();
    await rank.initialize((name, start, length) => {
      const parameter = parameters.get(name);
      if (!parameter) throw new LabError({ code: 'internal', message: `There is no parameter ${name}` });
      made.set(name, (made.get(name) ?? 0) + length);
      const { placement, wholeShape: shape, init } = parameter;
      const place = { placement, parts: layoutOfMesh.mesh.tp, index: at.tp, start, length };
      return initialPieceInTurns({ name, shape, init }, seed, place);
    });
    this.step = 0;
    this.state = 'ready';
    return [...made].map(([name, elements]) => ({ name, elements }));
  }

  private async turn(turn: MeshTurn, events: TraceEvent[]): Promise<StepMetrics> {
    const { rank, batches } = this.requireBuilt();
    rank.timeDevice = turn.trace;
    const metrics = await this.timed(
      () =>
        rank.run(
          turn.mode,
          {
            step: turn.step,
            learningRate: turn.learningRate,
            validTokens: turn.mode === 'local' ? batches.replicaItems(turn.step - 1) : turn.validTokens,
            microBatch: (index) => batches.of(turn, index),
          },
          turn.turn,
        ),
      turn.trace ? (event) => events.push(event) : null,
    );
    if (turn.mode === 'train' || turn.mode === 'local') this.step = turn.step;
    return metrics;
  }

  /** Asynchronous updates until all that are allowed are applied. */
  private async serve({ turn, updates: allowed }: AsyncMeshTurn): Promise<number> {
    const { rank, batches } = this.requireBuilt();
    const { spec } = rank.plan;
    const workers = gradientWorkers(spec.parallel.dp, spec.parallel.asyncService).length;
    const trace = new RoundTrace(workers, (step, events) =>
      this.emit({ type: 'trace', trace: { step, events, ledger: [], sent: [] } }),
    );
    const work = (): Promise<number> =>
      rank.serve(
        {
          updates: allowed,
          microBatch: (count, index) => batches.training(count, index),
          validTokens: (count) => batches.replicaItems(count),
          learningRate: (step) => learningRate(step, spec.train),
          onUpdate: (row) => {
            this.emit({ type: 'updates', rows: [row] });
            this.sendLedger();
          },
        },
        turn,
      );
    const updates = await this.timed(work, (event) => {
      this.step = event.step;
      trace.take(event);
    });
    trace.flush();
    return updates;
  }

  /** Counts what a turn took and what of that it waited, and hands its actions on as the page's plan has them. */
  private async timed<T>(work: () => Promise<T>, onEvent: ((event: TraceEvent) => void) | null): Promise<T> {
    const { rank } = this.requireBuilt();
    const startMs = performance.now();
    let waitMs = 0;
    rank.onAction = ({ mode, action, ...times }) => {
      waitMs += times.waitMs;
      const index = onEvent ? shownIndex(rank.plan, mode, action) : null;
      if (index !== null) onEvent?.({ rank: rank.plan.rank, action: index, ...times });
    };
    this.state = 'computing';
    const result = await work();
    const spent = performance.now() - startMs;
    this.totalMs += spent;
    this.waitMs += waitMs;
    this.busyShare = spent > 0 ? 1 - Math.min(1, waitMs / spent) : 0;
    this.sendLedger();
    return result;
  }

  private sendLedger(atOnce = false): void {
    if (!atOnce && performance.now() - this.ledgerSentMs < LEDGER_MS) return;
    this.ledgerSentMs = performance.now();
    this.emit({ type: 'ledger', rows: this.require(this.links).ledger.rows() });
  }

  /** A failure ends all ranks: those that wait for this one are told. */
  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    const { endpoint } = this.require(this.links);
    try {
      const result = await work();
      this.state = 'paused';
      return result;
    } catch (error) {
      const failure = asLabError(error);
      endpoint.abort(failure);
      this.state = 'failed';
      throw failure;
    }
  }

  private run(turns: readonly MeshTurn[]): Promise<StepMetrics[]> {
    return this.guarded(async () => {
      const results: StepMetrics[] = [];
      const events: TraceEvent[] = [];
      const { ledger, endpoint } = this.requireBuilt().rank.links;
      const before = { ledger: ledger.rows(), sent: endpoint.sent };
      for (const turn of turns) results.push(await this.turn(turn, events));
      // Turns that are asked for together are of one step.
      if (events.length > 0)
        this.emit({
          type: 'trace',
          trace: {
            step: turns[0].step,
            events,
            ledger: ledgerSince(ledger.rows(), before.ledger),
            sent: sentSince(endpoint.sent, before.sent),
          },
        });
      return results;
    });
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
    setUpTexts: (setup, ports) => this.setUpTexts(setup, ports),
    initialize: (seed) => this.inTurn(() => this.initialize(seed)),
    writeParameters: (values) =>
      this.inTurn(async () =>
        this.texts?.takes(values) ? undefined : this.require(this.rank).writeParameters(values),
      ),
    run: (turns) => this.inTurn(() => this.run(turns)),
    serve: (turn) => this.inTurn(() => this.guarded(() => this.serve(turn))),
    allow: async (updates) => this.require(this.rank).allow(updates),
    openTexts: (texts) =>
      this.inTurn(() => this.requireTexts().open(texts, (done, total) => this.compiled(done, total))),
    text: (turn) => this.inTurn(() => this.text(turn)),
    pieces: (arena) =>
      this.inTurn(async () => {
        const pieces = (await this.texts?.ownPieces()) ?? (await this.require(this.rank).pieces(arena));
        return transfer(
          pieces,
          pieces.map(({ values }) => values.buffer),
        );
      }),
    outputs: () => this.inTurn(() => this.require(this.rank).outputs()),
    checksum: () => this.inTurn(() => this.require(this.rank).checksum()),
    times: async () => {
      // Asked for when steps come to rest: what was sent is then told to the last byte.
      if (this.rank) this.sendLedger(true);
      return { totalMs: this.totalMs, waitMs: this.waitMs, deviceMs: this.rank?.deviceWaitMs ?? 0 };
    },
    tensors: async () => this.require(this.rank).places.map(({ kind, name, shape }) => ({ kind, name, shape })),
    watch: (request) =>
      this.inTurn(() =>
        this.require(this.rank).watch(
          request,
          this.require(this.engine).choices,
          (report) => this.emit({ type: 'tensor', report }),
          (error) => this.emit({ type: 'tensorFailure', error: toLabErrorData(error) }),
        ),
      ),
    abort: async (error) => this.links?.endpoint.abort(new LabError(error)),
  };
}

/**
 * Where replicas step alone, one may run ahead of another by the steps to the next meeting. An asynchronous rank may wait for all others'
 * gradients, one after another.
 */
function patience({ strategy, localSteps, dp }: ParallelConfig): { stepWindow?: number; deadlineMs?: number } {
  if (strategy === 'async') return { deadlineMs: dp * DEADLINE_MS };
  return strategy === 'sync' ? {} : { stepWindow: localSteps + 1 };
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
