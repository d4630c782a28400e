// One rank's part in asynchronous training: as a worker that pulls weights, computes a gradient and pushes it; as an owner of weights that
// hands them out and applies gradients, whole, in one order for all owners; as the clock that makes the order. It follows the plans
// `async` and `apply` and makes none.
//
// A gradient is sent to all owners before the clock is asked to place it, so an update that has a place can always be applied by every
// owner, also when its worker dies. Owners work through the order one entry after the other, so what a pull brings is one version.

import { asLabError } from '../core/errors';
import type { Span } from '../core/partition';
import { packSpans, sumLengths } from '../core/spans';
import type { RankMemory } from '../gpu/rankMemory';
import { decodeFromOne, encodeForOne } from '../parallel/compression/pointCodec';
import { CompressionStates } from '../parallel/compression/state';
import { coordinatesOf } from '../parallel/mesh';
import { Post } from '../parallel/strategies/post';
import { CLOCK_RANK, gradientWorkers } from '../parallel/strategies/serviceOwners';
import { StalenessClock } from '../parallel/strategies/stalenessClock';
import type { Payload } from '../parallel/transport/message';
import { unitShards } from '../parallel/unitShards';
import { rangesOf, writeSpans } from './arenaSpans';
import { bufferNames } from './bufferNames';
import { clipScale } from './clipScale';
import type { ServiceLink } from './meshExecutor';
import type { MeshLinks } from './meshLinks';
import type { MeshRankPlan } from './meshRankPlan';
import type { MicroBatch } from './microBatch';
import type { Staging } from './staging';
import { decodeMetrics, METRICS_BYTES, type StepMetrics } from './stepMetrics';

/** An update that was applied. */
export interface AsyncUpdate extends StepMetrics {
  /** 1 for the first of the run. */
  readonly step: number;
  readonly learningRate: number;
  /** Version applied to - version that its gradient was computed from. */
  readonly staleness: number;
  /** Whose gradient it was. */
  readonly rank: number;
}

export interface AsyncTurn {
  /** Updates since the run began after which all ranks come to rest; `allow` may raise it while the turn runs. */
  readonly updates: number;
  /** Micro-batch `index` of this rank's gradient number `count`, 0 for its first. */
  readonly microBatch: (count: number, index: number) => MicroBatch;
  /** Items that count in gradient number `count` of this rank. */
  readonly validTokens: (count: number) => number;
  /** Of update `step`, 0 for the first. */
  readonly learningRate: (step: number) => number;
  /** Told of each update, in order, on the rank of the clock. */
  readonly onUpdate: (update: AsyncUpdate) => void;
}

/** What an asynchronous rank has its device do. */
export interface AsyncDevice {
  readonly memory: RankMemory;
  readonly staging: Staging;
  readonly queue: GPUQueue;
  /** Runs the plan `async`: gradients of one batch. */
  readonly gradient: (
    values: { readonly step: number; readonly validTokens: number },
    microBatch: (index: number) => MicroBatch,
    service: ServiceLink,
  ) => Promise<unknown>;
  /** Runs the plan `apply` on what lies in gradients and metrics. */
  readonly apply: (update: {
    readonly step: number;
    readonly learningRate: number;
    readonly staleness: number;
  }) => Promise<unknown>;
}

const tags = {
  request: 'async request',
  answer: 'async answer',
  granted: 'async granted',
  order: 'async order',
  weights: 'async weights',
  gradient: 'async gradient',
  /** Between the two roles of one rank: the device is the worker's until its gradient has left it. */
  handOver: 'async hand-over',
  taken: 'async taken',
} as const;
const entries = { rest: 0, pull: 1, push: 2 } as const;

export class AsyncRank {
  private readonly rank: number;
  private readonly owners: readonly number[];
  private readonly workers: readonly number[];
  private readonly spans: readonly (readonly Span[])[];
  private readonly residuals = new CompressionStates();
  private clock: StalenessClock;
  /** Gradients that this rank computed. */
  private computed = 0;
  private post: Post | null = null;

  constructor(
    private readonly plan: MeshRankPlan,
    private readonly links: MeshLinks,
    private readonly device: AsyncDevice,
  ) {
    const { parallel } = plan.spec;
    this.rank = plan.rank;
    this.workers = gradientWorkers(parallel.dp, parallel.asyncService);
    this.spans = Array.from({ length: parallel.dp }, (_, index) =>
      unitShards(plan.layout.units, parallel, index).filter(({ length }) => length > 0),
    );
    this.owners = this.spans.flatMap((spans, rank) => (spans.length > 0 ? [rank] : []));
    this.clock = new StalenessClock(this.workers, parallel.maxStaleness);
  }

  /** The run begins again: no update, no gradient, nothing left out by compression. */
  reset(): void {
    this.clock = new StalenessClock(this.workers, this.plan.spec.parallel.maxStaleness);
    this.computed = 0;
    this.residuals.clear();
  }

  /** Lets the turn that runs go on to `updates`; where it is already at rest, the next one begins with them. On the clock's rank. */
  allow(updates: number): void {
    this.clock.allow(updates);
    if (this.post) this.proceed(this.post);
  }

  /**
   * Until all updates that were allowed are applied and nobody computes. All ranks run it at once.
   * @returns updates since the run began; 0 on ranks without the clock
   * @throws LabError of the first rank that fails: all ranks end
   */
  async run(turn: AsyncTurn): Promise<number> {
    const post = new Post(this.links.endpoint);
    const roles: Promise<void>[] = [];
    if (this.rank === CLOCK_RANK) roles.push(this.keepOrder(post, turn));
    if (this.owners.includes(this.rank)) roles.push(this.serve(post, turn));
    if (this.workers.includes(this.rank)) roles.push(this.work(post, turn));
    try {
      await Promise.all(roles);
      return this.clock.applied;
    } catch (error) {
      const failure = asLabError(error);
      // Ends the waits of the other roles too, here and elsewhere.
      this.links.endpoint.abort(failure);
      await Promise.allSettled(roles);
      throw this.links.endpoint.ended ?? failure;
    } finally {
      post.close();
    }
  }

  private async keepOrder(post: Post, { updates }: AsyncTurn): Promise<void> {
    this.post = post;
    this.clock.allow(updates);
    this.clock.begin();
    try {
      await Promise.all(this.workers.map((worker) => this.listen(post, worker)));
    } finally {
      this.post = null;
    }
  }

  /** One worker's requests: a pull, a push, a pull, ... until it is told to rest. */
  private async listen(post: Post, worker: number): Promise<void> {
    for (;;) {
      await post.receive(worker, tags.request);
      this.clock.wantPull(worker);
      this.proceed(post);
      const [goOn] = numbersOf(await post.receive(this.rank, `${tags.granted} ${worker}`));
      if (goOn === 0) return;
      await post.receive(worker, tags.request);
      this.clock.wantPush(worker);
      this.proceed(post);
    }
  }

  /** Tells everybody of the entries that may be now. */
  private proceed(post: Post): void {
    const tell = (...entry: number[]): void => {
      for (const owner of this.owners) post.send(owner, tags.order, [Uint32Array.from(entry)]);
    };
    const answer = (worker: number, goOn: 0 | 1): void => {
      post.send(worker, tags.answer, [Uint32Array.of(goOn)]);
      post.send(this.rank, `${tags.granted} ${worker}`, [Uint32Array.of(goOn)]);
    };
    for (let entry = this.clock.next(); entry; entry = this.clock.next()) {
      if (entry.kind === 'push') tell(entries.push, entry.worker, entry.update, entry.staleness);
      else if (entry.kind === 'pull') {
        tell(entries.pull, entry.worker, entry.version, 0);
        answer(entry.worker, 1);
      } else {
        tell(entries.rest, 0, 0, 0);
        for (const worker of this.workers) answer(worker, 0);
      }
    }
  }

  private async serve(post: Post, turn: AsyncTurn): Promise<void> {
    const sending: Promise<void>[] = [];
    for (;;) {
      const [kind, worker, number, staleness] = numbersOf(await post.receive(CLOCK_RANK, tags.order));
      if (kind === entries.push) await this.apply(post, turn, worker, number, staleness);
      else if (kind === entries.rest) break;
      else if (worker === this.rank) {
        post.send(this.rank, tags.handOver, []);
        await post.receive(this.rank, tags.taken);
      } else {
        const sent = this.sendWeights(post, worker);
        sent.catch((error: unknown) => this.links.endpoint.abort(asLabError(error)));
        sending.push(sent);
      }
    }
    await Promise.all(sending);
  }

  /** As the queue has them now. */
  private async sendWeights(post: Post, worker: number): Promise<void> {
    const buffer = this.device.memory.arena('parameters');
    const startMs = performance.now();
    const values = await this.device.staging.read(rangesOf(buffer, this.spans[this.rank]));
    const bytesOut = post.send(worker, tags.weights, [values]);
    this.record('pull', 'parameters served', { messages: 1, bytesOut, bytesIn: 0, startMs, waitMs: 0 });
  }

  /** One update of what this rank owns: nothing else touches the device between its first write and its last dispatch. */
  private async apply(post: Post, turn: AsyncTurn, worker: number, step: number, staleness: number): Promise<void> {
    const startMs = performance.now();
    const [scalars, ...payload] = await post.receive(worker, tags.gradient);
    const waitMs = performance.now() - startMs;
    const spans = this.spans[this.rank];
    if (!(scalars instanceof Float32Array) || scalars.length !== METRICS_BYTES / 4)
      throw this.links.endpoint.mismatch(worker, tags.gradient, 'it has no metrics');
    const gradient = this.decoded(worker, payload, sumLengths(spans));
    const { memory, queue } = this.device;
    writeSpans(queue, memory.arena('gradients'), spans, gradient);
    queue.writeBuffer(memory.buffer(bufferNames.metrics), 0, scalars.slice());
    const learningRate = turn.learningRate(step - 1);
    await this.device.apply({ step, learningRate, staleness });
    const bytesIn =
      worker === this.rank ? 0 : payload.reduce((sum, array) => sum + array.byteLength, scalars.byteLength);
    this.record('push', 'gradients applied', { messages: 0, bytesOut: 0, bytesIn, startMs, waitMs });
    if (this.rank === CLOCK_RANK)
      turn.onUpdate({ ...this.metricsOf(worker, scalars), step, learningRate, staleness, rank: worker });
  }

  /** An update has one gradient, so what is not finite in it is its worker's. */
  private metricsOf(worker: number, scalars: Float32Array): StepMetrics {
    const metrics = decodeMetrics(scalars, 0);
    const loss = !Number.isFinite(metrics.loss);
    if (!loss && metrics.nonFinite === 0) return metrics;
    const at = coordinatesOf(this.plan.layoutOfMesh.mesh, worker);
    return { ...metrics, nonFiniteRanks: [{ rank: worker, ...at, loss, gradients: metrics.nonFinite }] };
  }

  private decoded(worker: number, payload: Payload, length: number): Float32Array {
    try {
      return decodeFromOne(payload, length, this.plan.spec.parallel);
    } catch (error) {
      if (error instanceof RangeError) throw this.links.endpoint.mismatch(worker, tags.gradient, error.message);
      throw error;
    }
  }

  private async work(post: Post, turn: AsyncTurn): Promise<void> {
    for (;;) {
      post.send(CLOCK_RANK, tags.request, [new Uint32Array(1)]);
      const [goOn] = numbersOf(await post.receive(CLOCK_RANK, tags.answer));
      if (goOn === 0) return;
      const count = this.computed;
      await this.device.gradient(
        { step: count + 1, validTokens: turn.validTokens(count) },
        (index) => turn.microBatch(count, index),
        this.linkOf(post),
      );
      this.computed++;
    }
  }

  /** Of one gradient. */
  private linkOf(post: Post): ServiceLink {
    let gradient: Promise<Float32Array> | null = null;
    let pushed = 0;
    return {
      pull: (peer) => this.pull(post, peer),
      push: async (peer) => {
        gradient ??= this.takeGradient(post);
        await this.sendGradient(post, peer, await gradient);
        pushed++;
        if (pushed < this.owners.length) return;
        this.device.staging.pool.give(await gradient);
        // All owners have their parts on the way: now it may be given a place.
        post.send(CLOCK_RANK, tags.request, [new Uint32Array(1)]);
      },
    };
  }

  private async pull(post: Post, peer: number): Promise<void> {
    const startMs = performance.now();
    if (peer === this.rank) {
      // What this rank owns lies in place already, at the version of this pull until the device is given back.
      await post.receive(this.rank, tags.handOver);
      return;
    }
    const [values] = await post.receive(peer, tags.weights);
    const waitMs = performance.now() - startMs;
    const spans = this.spans[peer];
    if (!(values instanceof Float32Array) || values.length !== sumLengths(spans))
      throw this.links.endpoint.mismatch(peer, tags.weights, `${sumLengths(spans)} values are expected`);
    writeSpans(this.device.queue, this.device.memory.arena('parameters'), spans, values);
    this.record('pull', 'parameters', { messages: 0, bytesOut: 0, bytesIn: values.byteLength, startMs, waitMs });
    this.device.staging.pool.give(values);
  }

  /** Gradient and metrics as the queue has them now; from then on the device is the owner's again. */
  private takeGradient(post: Post): Promise<Float32Array> {
    const { memory, staging } = this.device;
    const whole = { start: 0, length: this.plan.layout.length };
    const reading = staging.read([
      ...rangesOf(memory.arena('gradients'), [whole]),
      { buffer: memory.buffer(bufferNames.metrics), offset: 0, size: METRICS_BYTES },
    ]);
    if (this.owners.includes(this.rank)) post.send(this.rank, tags.taken, []);
    return reading;
  }

  private async sendGradient(post: Post, peer: number, gradient: Float32Array): Promise<void> {
    const startMs = performance.now();
    const { layout, spec } = this.plan;
    const metrics = decodeMetrics(gradient, layout.length);
    const { loss, gradientNorm, nonFinite } = metrics;
    const scale = clipScale(gradientNorm, spec.train.clipNorm);
    const spans = this.spans[peer];
    const part = packSpans(gradient, spans, new Float32Array(sumLengths(spans)));
    const state = this.residuals.of(peer, part.length);
    const payload = encodeForOne(part, spec.parallel, state);
    const scalars = Float32Array.of(loss, gradientNorm, nonFinite, scale);
    const bytesOut = post.send(peer, tags.gradient, [scalars, ...payload]);
    const messages = peer === this.rank ? 0 : 1;
    this.record('push', 'gradients', { messages, bytesOut, bytesIn: 0, startMs, waitMs: 0 });
  }

  private record(
    collective: 'pull' | 'push',
    what: string,
    call: {
      readonly messages: number;
      readonly bytesOut: number;
      readonly bytesIn: number;
      readonly startMs: number;
      readonly waitMs: number;
    },
  ): void {
    const { startMs, ...counts } = call;
    this.links.ledger.record({ collective, axis: 'dp', what, ...counts, milliseconds: performance.now() - startMs });
  }
}

function numbersOf([numbers]: Payload): number[] {
  return [...numbers];
}
