// A tiny run over a mesh within one thread: its ranks on one device, joined by real message channels. Test-only.

import { noLora } from '../core/loraConfig';
import type { ModelConfig } from '../core/modelConfig';
import { partOf } from '../core/partition';
import { defaultRunConfig, type ParallelConfig } from '../core/runConfig';
import type { GpuDevice } from '../gpu/device';
import type { KernelFamilyName } from '../gpu/kernelChoices';
import type { PipelineCache } from '../gpu/pipelineCache';
import { initialWeights } from '../model/initialize';
import { coordinatesOf, meshSize } from '../parallel/mesh';
import type { PlanMode } from '../parallel/planModes';
import { Endpoint } from '../parallel/transport/endpoint';
import type { AsyncUpdate } from '../train/asyncRank';
import { mergePieces } from '../train/mergePieces';
import { MeshLinks } from '../train/meshLinks';
import { MeshRank, type MeshStepInputs } from '../train/meshRank';
import { planMeshRank } from '../train/meshRankPlan';
import type { MicroBatch } from '../train/microBatch';
import type { StepMetrics } from '../train/stepMetrics';
import { fixedChoices } from './fixedChoices';
import { rates, type TinyRun, tinySource } from './tinyRun';

export class TinyMesh {
  private turn = 0;

  private constructor(
    readonly ranks: readonly MeshRank[],
    private readonly definition: TinyRun<ModelConfig>,
    private readonly parallel: ParallelConfig,
  ) {}

  static async build(
    gpu: GpuDevice,
    cache: PipelineCache,
    family: KernelFamilyName,
    definition: TinyRun<ModelConfig>,
    changes: Partial<ParallelConfig>,
    {
      latencyMs = () => 0,
      cacheOf = () => cache,
    }: {
      readonly latencyMs?: (rank: number, peer: number) => number;
      /** Another rank's kernels, to plant a fault in some ranks alone. */
      readonly cacheOf?: (rank: number) => PipelineCache;
    } = {},
  ): Promise<TinyMesh> {
    const parallel = { ...defaultRunConfig.parallel, ...changes };
    const mesh = { dp: parallel.dp, pp: parallel.pp, tp: parallel.tp };
    const size = meshSize(mesh);
    const ports = Array.from({ length: size }, () => new Map<number, MessagePort>());
    for (let a = 0; a < size; a++) {
      for (let b = a + 1; b < size; b++) {
        const { port1, port2 } = new MessageChannel();
        ports[a].set(b, port1);
        ports[b].set(a, port2);
      }
    }
    const ranks: MeshRank[] = [];
    for (let rank = 0; rank < size; rank++) {
      const spec = { lora: noLora, ...definition, parallel, keepOutputs: false };
      const plan = planMeshRank(spec, rank, fixedChoices(gpu, family), cache.catalog);
      const endpoint = new Endpoint({
        rank,
        ports: ports[rank],
        run: 'tiny',
        generation: 0,
        deadlineMs: 20_000,
        linkFrom: (peer) => ({ latencyMs: latencyMs(rank, peer), megabytesPerSecond: 0 }),
      });
      ranks.push(await MeshRank.build(gpu, cacheOf(rank), plan, rates, new MeshLinks(endpoint, mesh), () => undefined));
    }
    const built = new TinyMesh(ranks, definition, parallel);
    await built.start();
    return built;
  }

  async start(): Promise<void> {
    const weights = initialWeights(this.definition.model, this.definition.train.seed, this.definition.lora);
    for (const rank of this.ranks) await rank.writeParameters(weights);
  }

  /** What a replica trains on at step `step`, 0 for the first. */
  microBatch(dp: number, step: number, microBatch: number): MicroBatch {
    const { seed, microBatches, batchSize, sequenceLength } = this.definition.train;
    const place = { rank: dp, dpSize: this.parallel.dp, microBatch, microBatches };
    return tinySource(this.definition).training({ ...place, seed, step, batchSize, sequenceLength });
  }

  /** Of one step of a replica. */
  replicaTokens(dp: number): number {
    const { batchSize, sequenceLength } = this.definition.train;
    return partOf(batchSize, this.parallel.dp, dp).length * sequenceLength;
  }

  private inputs(mode: PlanMode, rank: number, step: number): MeshStepInputs {
    const { seed, batchSize, sequenceLength, learningRate } = this.definition.train;
    const items = tinySource(this.definition).validItems({ seed, step, batchSize, sequenceLength });
    const { dp } = coordinatesOf(this.parallel, rank);
    return {
      step: step + 1,
      learningRate,
      validTokens: mode === 'local' ? this.replicaTokens(dp) : items,
      microBatch: (microBatch) => this.microBatch(dp, step, microBatch),
    };
  }

  /** One plan on all ranks; what each of them reports. */
  run(mode: PlanMode, step: number): Promise<StepMetrics[]> {
    this.turn++;
    return Promise.all(this.ranks.map((rank, index) => rank.run(mode, this.inputs(mode, index, step), this.turn)));
  }

  /** Asynchronous updates up to `updates` since the start, in the order in which they were applied. */
  async serve(updates: number, onUpdate: (update: AsyncUpdate) => void = () => undefined): Promise<AsyncUpdate[]> {
    this.turn++;
    const applied: AsyncUpdate[] = [];
    await Promise.all(
      this.ranks.map((rank, dp) =>
        rank.serve(
          {
            updates,
            microBatch: (count, index) => this.microBatch(dp, count, index),
            validTokens: () => this.replicaTokens(dp),
            learningRate: () => this.definition.train.learningRate,
            onUpdate: (update) => {
              applied.push(update);
              onUpdate(update);
            },
          },
          this.turn,
        ),
      ),
    );
    return applied;
  }

  /** An arena of all ranks put together again: whole parameters by name. */
  async merged(arena: 'parameters' | 'gradients' | 'frozen'): Promise<Map<string, Float32Array>> {
    const pieces = await Promise.all(this.ranks.map((rank) => rank.pieces(arena)));
    const { tensors, disagreeing, incomplete } = mergePieces(
      this.ranks.map(({ plan }) => plan),
      pieces,
      arena === 'frozen' ? 'frozen' : 'parameters',
    );
    if (disagreeing.length + incomplete.length > 0)
      throw new RangeError(`replicas differ in ${disagreeing}; ${incomplete} are not whole`);
    return tensors;
  }

  destroy(): void {
    for (const rank of this.ranks) rank.destroy();
  }
}
