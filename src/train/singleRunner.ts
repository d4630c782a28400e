// Steps of one rank: batches drawn, steps submitted ahead, metrics brought back in groups. It knows no page and no play or pause.

import type { TensorListing, WatchRequest } from '../core/insideRecords';
import type { PreparedData } from '../core/records';
import type { TrainConfig } from '../core/runConfig';
import { type BatchSource, batchSource, countItems } from '../data/batchSource';
import type { KernelChoices } from '../gpu/kernelChoices';
import { initialWeightsInTurns } from '../model/initialize';
import { MetricsRing } from './metricsRing';
import type { Rank, StepInputs } from './rank';
import type { RunnerRow, StepRunner } from './stepRunner';
import { listTensors } from './watchablePlaces';

interface StepTag {
  readonly step: number;
  readonly learningRate: number;
}

export class SingleRunner implements StepRunner {
  onRows: (rows: readonly RunnerRow[]) => void = () => undefined;
  onTensor: StepRunner['onTensor'] = () => undefined;
  onTensorFailure: StepRunner['onTensorFailure'] = () => undefined;
  weightVersion = 0;
  private readonly ring: MetricsRing<StepTag>;
  private readonly source: BatchSource;

  constructor(
    device: GPUDevice,
    private readonly rank: Rank,
    private readonly train: TrainConfig,
    data: PreparedData,
    /** Whole parameters to begin with; null for the seed's. */
    private readonly initial: ReadonlyMap<string, Float32Array> | null = null,
  ) {
    this.source = batchSource(data, train.documents);
    this.ring = new MetricsRing<StepTag>(device, (rows) =>
      this.onRows(rows.map(({ tag, metrics }) => ({ ...tag, ...metrics }))),
    );
  }

  async begin(): Promise<void> {
    this.weightVersion++;
    // Adapters are the seed's either way.
    await this.writeSeedsWeights();
    if (this.initial) this.rank.writeParameters(this.initial);
    this.rank.clearOptimizer();
    this.weightVersion++;
  }

  private async writeSeedsWeights(): Promise<void> {
    const { model, lora } = this.rank.plan.spec;
    const made = initialWeightsInTurns(model, this.train.seed, lora, (name) => !this.initial?.has(name));
    for await (const [name, values] of made) this.rank.writeParameters(new Map([[name, values]]));
  }

  private inputs(step: number, learningRate: number): StepInputs {
    const { seed, microBatches, batchSize, sequenceLength } = this.train;
    const place = { seed, step, batchSize, sequenceLength };
    return {
      step: step + 1,
      learningRate,
      validTokens: this.source.validItems(place),
      microBatch: (microBatch) => this.source.training({ ...place, rank: 0, dpSize: 1, microBatch, microBatches }),
    };
  }

  async queue(step: number, learningRate: number): Promise<void> {
    this.weightVersion++;
    this.rank.submitStep(this.inputs(step, learningRate), (stream, metrics) =>
      this.ring.record(stream, metrics, { step: step + 1, learningRate }),
    );
    await this.ring.settle();
  }

  tensors(): Promise<readonly TensorListing[]> {
    return Promise.resolve(listTensors([this.rank.places]));
  }

  watch(request: WatchRequest | null, choices: KernelChoices): Promise<void> {
    return this.rank.watch(
      request,
      choices,
      (report) => this.onTensor(report),
      (error) => this.onTensorFailure(error),
    );
  }

  drain(): Promise<void> {
    return this.ring.drain();
  }

  async evaluate(): Promise<{ loss: number; tokens: number }> {
    const { train } = this;
    const batches = this.source.validation({
      batches: train.evalBatches * train.microBatches,
      batchSize: train.batchSize / train.microBatches,
      sequenceLength: train.sequenceLength,
    });
    const tokens = batches.reduce((sum, each) => sum + countItems(each), 0);
    return { loss: await this.rank.evaluate(batches, tokens), tokens };
  }

  async profile(step: number, learningRate: number): ReturnType<StepRunner['profile']> {
    this.weightVersion++;
    const report = await this.rank.profileStep(this.inputs(step, learningRate));
    return { report, row: { step: step + 1, learningRate, ...(await this.rank.readMetrics()) } };
  }

  destroy(): void {
    this.ring.destroy();
    this.rank.destroy();
  }
}
