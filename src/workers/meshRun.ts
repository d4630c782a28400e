// A run over a mesh, seen from its host worker: starts the ranks' workers, gives all of them the same turns, and puts together what they hold.
// It owns no device. Training it is a session's business, drawing it the page's.

import type { DeviceRates } from '../core/deviceRates';
import { LabError } from '../core/errors';
import type { TensorListing, WatchRequest } from '../core/insideRecords';
import { learningRate } from '../core/lrSchedule';
import type { MeshFacts, MeshRankFacts, MeshThroughput, RankActivity } from '../core/meshRecords';
import { partition } from '../core/partition';
import type { PreparedData } from '../core/records';
import type { TrainConfig } from '../core/runConfig';
import { type BatchData, type BatchSource, batchSource, countItems } from '../data/batchSource';
import type { ArenaName } from '../gpu/graph';
import type { ChoiceRecord } from '../gpu/recordedChoices';
import type { TextModel } from '../infer/textModel';
import type { HeldModel } from '../interop/rankShards';
import { initialValues } from '../model/initialize';
import { mergeAdapters } from '../model/mergeAdapters';
import { runParameters } from '../model/shapes/adapterShapes';
import { type Placement, putShard } from '../parallel/placement';
import type { PlanMode } from '../parallel/planModes';
import type { StepPlan } from '../parallel/stepPlan';
import { gradientWorkers } from '../parallel/strategies/serviceOwners';
import { type Merged, mergePieces } from '../train/mergePieces';
import type { ParameterPiece } from '../train/meshRank';
import type { MeshRankPlan } from '../train/meshRankPlan';
import type { MeshSpec } from '../train/meshSpec';
import type { MicroBatch } from '../train/microBatch';
import { shownActions } from '../train/shownPlan';
import type { StepMetrics } from '../train/stepMetrics';
import type { RunnerRow, StepRunner } from '../train/stepRunner';
import { listTensors } from '../train/watchablePlaces';
import { missingParameters } from './initializationCheck';
import type { MeshTurn } from './meshProtocol';
import { pipelineText } from './meshTexts';
import { MeshWorkers } from './meshWorkers';
import type { RankEvent } from './protocol';
import { AsyncTurns, LocalTurns, type StepTurns, type StepTurnsContext, SyncTurns } from './stepTurns';

const TRACE_MS = 500;
const ACTIVITY_MS = 250;

export interface MeshRunRequest {
  readonly spec: MeshSpec;
  /** As each rank will plan itself, with the same choices. */
  readonly plans: readonly MeshRankPlan[];
  readonly limits: 'adapter' | 'min';
  readonly choices: ChoiceRecord;
  readonly rates: DeviceRates;
  /** Null where batches are given. */
  readonly data: PreparedData | null;
  /** Whole parameters to begin with; left out or null for the seed's. */
  readonly initial?: ReadonlyMap<string, Float32Array> | null;
  readonly emit: (event: RankEvent) => void;
  readonly onFailure: (error: LabError) => void;
}

let runs = 0;

export class MeshRun implements StepRunner {
  onRows: (rows: readonly RunnerRow[]) => void = () => undefined;
  onTensor: StepRunner['onTensor'] = () => undefined;
  onTensorFailure: StepRunner['onTensorFailure'] = () => undefined;
  facts: MeshFacts | null = null;
  /** Given to all ranks without a gap: a rank takes a message of the next turn, and none of a later one. */
  private turns = 0;
  private writes = 0;
  private tracedMs = 0;
  private readonly steps: StepTurns;
  /** Null where batches are given. */
  private readonly source: BatchSource | null;
  private readonly activities = new Map<number, RankActivity>();
  private activitySentMs = 0;
  private readonly compiled = new Map<number, number>();
  /** Of the training steps handed out since the last report. */
  private stepsMs = 0;
  private tokensDone = 0;
  private lastRowMs = 0;
  private oneWorkerRate: number | null = null;

  private constructor(
    readonly request: MeshRunRequest,
    private readonly workers: MeshWorkers,
  ) {
    this.source = request.data && batchSource(request.data, request.spec.train.documents);
    this.steps = this.stepTurns();
  }

  /** @throws LabError of the first rank that could not be set up; all workers are then gone. */
  static async start(request: MeshRunRequest): Promise<MeshRun> {
    const { spec, data } = request;
    let run: MeshRun | null = null;
    const workers = new MeshWorkers(
      spec.parallel,
      (rank, event) => run?.take(rank, event),
      (error) => {
        run?.steps.fail(error);
        request.onFailure(error);
      },
    );
    run = new MeshRun(request, workers);
    try {
      const name = `run ${++runs} of ${performance.timeOrigin}`;
      const empty = new Uint32Array(0);
      const noTokens = { trainTokens: empty, validationTokens: empty };
      const nothing = { ...noTokens, trainDocuments: empty, validationDocuments: empty };
      const setup = {
        run: name,
        generation: 0,
        spec,
        limits: request.limits,
        choices: request.choices,
        rates: request.rates,
        data: data === null ? nothing : batchDataOf(data, spec.train),
      };
      const ranks = await workers.join((api, rank, ports) => api.setUp({ ...setup, rank }, ports));
      if (data) await run.initialize(ranks);
      return run;
    } catch (error) {
      workers.close();
      throw error;
    }
  }

  private take(rank: number, event: Parameters<ConstructorParameters<typeof MeshWorkers>[1]>[1]): void {
    const { emit } = this.request;
    switch (event.type) {
      case 'compile': {
        // A run that stands compiles for texts alone, which is part of another phase.
        if (this.facts) return;
        this.compiled.set(rank, event.total === 0 ? 1 : event.done / event.total);
        const share = [...this.compiled.values()].reduce((a, b) => a + b, 0) / this.workers.size;
        emit({ type: 'phase', label: 'compile', progress: share });
        return;
      }
      case 'heartbeat':
        if (event.activity) this.activities.set(rank, event.activity);
        if (performance.now() - this.activitySentMs < ACTIVITY_MS) return;
        this.activitySentMs = performance.now();
        emit({ type: 'ranks', rows: [...this.activities.values()].sort((a, b) => a.rank - b.rank) });
        return;
      case 'ledger':
        emit({ type: 'ledger', rows: event.rows });
        return;
      case 'trace':
        emit(event);
        return;
      case 'tensor':
        this.onTensor(event.report);
        return;
      case 'tensorFailure':
        this.onTensorFailure(new LabError(event.error));
        return;
      case 'updates':
        this.steps.took(event.rows);
        return;
      case 'failure':
        return;
    }
  }

  private stepTurns(): StepTurns {
    const { spec, plans } = this.request;
    const { strategy, dp, localSteps, asyncService } = spec.parallel;
    const { batchSize, steps } = spec.train;
    const context: StepTurnsContext = {
      workers: this.workers,
      turn: (mode, step, rate) => this.turn(mode, step, rate, this.itemsOf(step - 1), { from: 'train' }),
      turnNumber: () => this.turnNumber(),
      onRow: (row) => this.finished(row),
    };
    if (strategy === 'sync') return new SyncTurns(context);
    const rows = partition(batchSize, dp).map(({ length }) => length);
    if (strategy === 'async') {
      const ahead = 2 * gradientWorkers(dp, asyncService).length;
      return new AsyncTurns(
        context,
        rows.map((count) => count * spec.train.sequenceLength),
        ahead,
      );
    }
    const places = plans.map(({ at }) => at);
    const weights = rows.map((count) => count / batchSize);
    return new LocalTurns(context, places, weights, localSteps, steps);
  }

  /** The actions of all ranks: what every step executes. */
  get stepPlan(): StepPlan {
    const { plans, spec } = this.request;
    const [{ layoutOfMesh }] = plans;
    return {
      mesh: layoutOfMesh.mesh,
      stages: layoutOfMesh.stages.length,
      microBatches: spec.train.microBatches,
      actions: plans.map(shownActions),
    };
  }

  /** Every rank makes its own part; then the parts are counted, before the first step. */
  private async initialize(ranks: readonly MeshRankFacts[] | null = null): Promise<void> {
    const { spec } = this.request;
    const made = await this.workers.all((api) => api.initialize(spec.train.seed));
    const missing = missingParameters(spec, this.request.plans, made);
    if (ranks) {
      const parameters = runParameters(spec.model, spec.lora).length;
      this.facts = { ranks, initialization: { complete: missing.length === 0, parameters, missing } };
    }
    if (missing.length > 0)
      throw new LabError({
        code: 'internal',
        message: 'The first weights are not complete, so training did not begin.',
        why: `No rank made all of ${missing.slice(0, 5).join(', ')}.`,
      });
    const { initial } = this.request;
    if (!initial) return;
    // Adapters are the seed's: a model that was loaded has none of its own.
    const left = runParameters(spec.model, spec.lora).filter(({ name }) => !initial.has(name));
    await this.writeParameters(new Map([...initial, ...initialValues(left, spec.train.seed)]));
  }

  /** Every turn counts, those that only look among them; and what writes weights without one. */
  get weightVersion(): number {
    return this.turns + this.writes;
  }

  async begin(): Promise<void> {
    this.writes++;
    await this.initialize();
    this.writes++;
    this.steps.begin();
    this.tokensDone = 0;
    this.stepsMs = 0;
  }

  async tensors(): Promise<readonly TensorListing[]> {
    return listTensors(await this.workers.all((api) => api.tensors()));
  }

  /** Every rank has the kernel choices of the run already. */
  async watch(request: WatchRequest | null): Promise<void> {
    await this.workers.all((api) => api.watch(request));
  }

  /** Items of a step's global batch that count. @param step 0 for the first */
  private itemsOf(step: number): number {
    const { seed, batchSize, sequenceLength } = this.request.spec.train;
    return this.source?.validItems({ seed, step, batchSize, sequenceLength }) ?? this.tokensPerStep();
  }

  private tokensPerStep(): number {
    const { train } = this.request.spec;
    return train.batchSize * train.sequenceLength;
  }

  private turn(
    mode: PlanMode,
    step: number,
    rate: number,
    validTokens: number,
    batches: MeshTurn['batches'],
  ): MeshTurn {
    const now = performance.now();
    const trace = (mode === 'train' || mode === 'local') && now - this.tracedMs > TRACE_MS;
    if (trace) this.tracedMs = now;
    return { mode, turn: this.turnNumber(), step, learningRate: rate, validTokens, batches, trace };
  }

  /** Never set back: a message of the run before a reset is not of this one. */
  private turnNumber(): number {
    return ++this.turns;
  }

  async queue(step: number, rate: number): Promise<void> {
    this.writes++;
    if (this.lastRowMs === 0) this.lastRowMs = performance.now();
    await this.steps.queue(step, rate);
  }

  private finished(row: RunnerRow): void {
    const now = performance.now();
    this.stepsMs += now - this.lastRowMs;
    this.tokensDone += row.tokens ?? this.tokensPerStep();
    this.lastRowMs = now;
    this.onRows([row]);
  }

  async drain(): Promise<void> {
    await this.steps.drain();
    this.lastRowMs = 0;
    if (this.tokensDone > 0) this.request.emit({ type: 'throughput', throughput: await this.throughput() });
  }

  async throughput(): Promise<MeshThroughput> {
    const times = await this.workers.all((api) => api.times());
    const mean = (of: (row: (typeof times)[number]) => number): number =>
      times.reduce((sum, row) => sum + (row.totalMs > 0 ? Math.min(1, of(row) / row.totalMs) : 0), 0) / times.length;
    const waiting = mean(({ waitMs }) => waitMs);
    const device = Math.min(
      1 - waiting,
      mean(({ deviceMs }) => deviceMs),
    );
    return {
      tokensPerSecond: this.stepsMs > 0 ? (1000 * this.tokensDone) / this.stepsMs : 0,
      oneWorkerTokensPerSecond: this.oneWorkerRate,
      waiting,
      device,
      own: 1 - waiting - device,
    };
  }

  /** Takes the rate of one worker, measured by the host, into what `throughput` reports. */
  compareWith(tokensPerSecond: number): Promise<MeshThroughput> {
    this.oneWorkerRate = tokensPerSecond;
    return this.throughput();
  }

  /**
   * Does `work` with one model on all ranks. Where a strategy lets them differ, that is the mean of the replicas, or what the owners of an
   * asynchronous service have; afterwards they go on as they were, so that looking never changes the training.
   */
  private async whole<T>(work: () => Promise<T>): Promise<T> {
    if (!this.steps.apart) return work();
    const turn = async (mode: PlanMode): Promise<void> => {
      const look = this.turn(mode, 0, 0, 0, { from: 'train' });
      await this.workers.all((api) => api.run([look]));
    };
    await turn('assemble');
    const result = await work();
    await turn('resume');
    return result;
  }

  evaluate(): Promise<{ loss: number; tokens: number }> {
    return this.whole(() => this.evaluateWhole());
  }

  private async evaluateWhole(): Promise<{ loss: number; tokens: number }> {
    const { train, parallel } = this.request.spec;
    const rows = this.request.plans[0].layoutOfMesh.microBatchRows;
    if (!this.source) throw new LabError({ code: 'internal', message: 'There is no held-out text' });
    const batches = this.source.validation({
      batches: Math.ceil((train.evalBatches * train.batchSize) / rows),
      batchSize: rows,
      sequenceLength: train.sequenceLength,
    });
    const tokens = batches.reduce((sum, each) => sum + countItems(each), 0);
    const perTurn = parallel.dp * train.microBatches;
    let loss = 0;
    for (let first = 0; first < batches.length; first += perTurn) {
      const turn = this.turn('evaluate', 0, 0, tokens, { from: 'validation', first });
      const [[metrics]] = await this.workers.all((api) => api.run([turn]));
      loss += metrics.loss;
    }
    return { loss, tokens };
  }

  /** One plan on batches that are given, a list of micro-batches for each replica. Resolves with what rank 0 reports. */
  async given(
    mode: PlanMode,
    values: { readonly step: number; readonly learningRate: number; readonly validTokens: number },
    batchesOf: (replica: number) => readonly MicroBatch[],
  ): Promise<StepMetrics> {
    const number = this.turnNumber();
    const [[metrics]] = await this.workers.all((api, rank) => {
      const batches = { from: 'given', microBatches: batchesOf(this.request.plans[rank].at.dp) } as const;
      return api.run([{ mode, turn: number, ...values, batches, trace: false }]);
    });
    return metrics;
  }

  /** The step that comes after `step` done ones, on the training text: gradients alone, or with the update. */
  async onTrainingText(mode: 'train' | 'gradients', step: number): Promise<StepMetrics> {
    const rate = learningRate(step, this.request.spec.train);
    const turn = this.turn(mode, step + 1, rate, this.itemsOf(step), { from: 'train' });
    const [[metrics]] = await this.workers.all((api) => api.run([turn]));
    return metrics;
  }

  profile(): Promise<never> {
    return Promise.reject(
      new LabError({
        code: 'config.invalid',
        message: 'A profile by kernel is taken on one rank.',
        why: `This run has ${this.workers.size}; where their time goes is in the timeline.`,
        advice: 'Set dp, pp and tp to 1 to profile kernels.',
      }),
    );
  }

  /** What the ranks hold of an arena, put together. */
  async merged(arena: ArenaName): Promise<Merged> {
    return mergePieces(this.request.plans, await this.pieces(arena), arena === 'frozen' ? 'frozen' : 'parameters');
  }

  /** What each rank holds of an arena. */
  pieces(arena: ArenaName): Promise<(readonly ParameterPiece[])[]> {
    return this.workers.all((api) => api.pieces(arena));
  }

  merge(pieces: readonly (readonly ParameterPiece[])[]): Merged {
    return mergePieces(this.request.plans, pieces);
  }

  /** Whole parameters, adapters merged. @throws LabError as `trained` */
  async parameters(): Promise<Map<string, Float32Array>> {
    const { model, lora } = this.request.spec;
    const trained = await this.trained();
    return lora.r === 0 ? trained : mergeAdapters(model, lora, await this.frozen(), trained);
  }

  /** What is trained, whole. @throws LabError `internal` where replicas differ or a value is missing: they must not be exported or sampled from. */
  trained(): Promise<Map<string, Float32Array>> {
    return this.whole(() => this.agreed('parameters'));
  }

  /** The model beside its adapters. */
  frozen(): Promise<Map<string, Float32Array>> {
    return this.agreed('frozen');
  }

  /** What each rank holds of the parameters. */
  async held(): Promise<HeldModel> {
    const { plans, spec } = this.request;
    const pieces = await this.whole(() => this.pieces('parameters'));
    const tensors = new Map<string, { shape: readonly number[]; placement: Placement }>();
    for (const { parameters } of plans)
      for (const [name, { wholeShape: shape, placement }] of parameters) tensors.set(name, { shape, placement });
    return {
      mesh: plans[0].layoutOfMesh.mesh,
      zero: spec.parallel.zero,
      tensors,
      ranks: plans.map(({ at, stages }, rank) => ({
        at,
        stages: stages.map(({ span }) => span.stage),
        pieces: pieces[rank],
      })),
    };
  }

  private async agreed(arena: ArenaName): Promise<Map<string, Float32Array>> {
    const { tensors, disagreeing, incomplete } = await this.merged(arena);
    if (disagreeing.length + incomplete.length > 0)
      throw new LabError({
        code: 'internal',
        message: 'The shards do not make one model.',
        why: `Replicas differ in: ${disagreeing.join(', ') || 'none'}. Not whole: ${incomplete.join(', ') || 'none'}.`,
      });
    return tensors;
  }

  async writeParameters(values: ReadonlyMap<string, Float32Array>): Promise<void> {
    this.writes++;
    await this.workers.all((api) => api.writeParameters(values));
  }

  checksums(): Promise<number[]> {
    return this.workers.all((api) => api.checksum());
  }

  /** What the last micro-batch of an evaluation left, by name, put together over tensor-parallel ranks; one map a replica. */
  async outputs(): Promise<Map<string, Float32Array>[]> {
    const { plans, spec } = this.request;
    const replicas = Array.from({ length: spec.parallel.dp }, () => new Map<string, Float32Array>());
    const pieces = await this.workers.all((api) => api.outputs());
    pieces.forEach((list, rank) => {
      const { at } = plans[rank];
      for (const { name, wholeShape, placement, values } of list) {
        const whole = replicas[at.dp].get(name) ?? new Float32Array(wholeShape.reduce((a, b) => a * b, 1));
        replicas[at.dp].set(name, whole);
        putShard(whole, wholeShape, placement, spec.parallel.tp, at.tp, values);
      }
    });
    return replicas;
  }

  /**
   * Continues texts on the run's own stages, with the weights as they are then, where ranks hold their layers whole: null over one stage, where
   * tensor parallelism divides the layers, and where adapters are trained beside them.
   */
  texts(): TextModel | null {
    const { spec, plans, choices } = this.request;
    if (spec.parallel.pp === 1 || spec.parallel.tp > 1 || spec.lora.r > 0) return null;
    return pipelineText(
      {
        model: spec.model,
        stages: plans[0].layoutOfMesh.stages.length,
        family: choices.family,
        workers: this.workers,
        turnNumber: () => this.turnNumber(),
      },
      (work) => this.whole(work),
    );
  }

  stopRank(rank: number): void {
    this.workers.stop(rank);
  }

  destroy(): void {
    this.workers.close();
  }
}

/** What ranks need of the data: the rest stays here. */
function batchDataOf(data: PreparedData, { documents }: TrainConfig): BatchData {
  const { trainTokens, validationTokens, trainDocuments, validationDocuments, rowOrder, sequences } = data;
  return {
    trainTokens,
    validationTokens,
    ...(documents === 'apart' && trainDocuments && validationDocuments ? { trainDocuments, validationDocuments } : {}),
    ...(rowOrder === undefined ? {} : { rowOrder }),
    ...(sequences === undefined ? {} : { sequences }),
  };
}
