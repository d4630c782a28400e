// Distils a model into a smaller one (Hinton, Vinyals, Dean 2015) and says what that is worth: the teacher, the student trained alone and the
// student that learned from the teacher, from the same weights, batches and steps, side by side on held-out tokens. It writes no file.

import { LabError } from '../core/errors';
import { noLora } from '../core/loraConfig';
import { learningRate } from '../core/lrSchedule';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { CompressionRow, DistillationOptions, DistillationProgress, PreparedData } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import { batch } from '../data/batcher';
import { initialWeights } from '../model/initialize';
import { bufferNames } from '../train/bufferNames';
import type { MicroBatch } from '../train/microBatch';
import { Rank } from '../train/rank';
import { planRank } from '../train/rankPlan';
import { measureModel } from './compress';
import type { CheckContext } from './conformance';

export interface Teacher {
  readonly model: ModelConfig;
  readonly values: ReadonlyMap<string, Float32Array>;
}

export interface Distilled {
  readonly rows: readonly CompressionRow[];
  readonly model: ModelConfig;
  /** Of the student that learned from the teacher. */
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** Steps queued before one is waited for. */
const AHEAD = 8;

/** @throws LabError `config.invalid` where teacher and student cannot read the same batches */
function requireFit({ model }: Teacher, { train }: RunConfig, data: PreparedData): void {
  const { vocabulary, positions, task } = modelSizes(model);
  const refuse = (message: string, advice: string): never => {
    throw new LabError({ code: 'config.invalid', message, advice });
  };
  if (task !== 'causal-lm')
    refuse('Only a model that continues texts can teach here.', 'Take a causal language model.');
  if (data.vocabularySize > vocabulary)
    refuse(
      `The tokenizer has ${data.vocabularySize} tokens, and the teacher ${vocabulary}.`,
      'Take the tokenizer that the teacher was trained with.',
    );
  if (train.documents !== 'joined')
    refuse('A student is taught on sequences whose documents are joined.', 'Set train.documents to joined.');
  if (train.sequenceLength > positions)
    refuse(
      `train.sequenceLength is ${train.sequenceLength}, and the teacher reads ${positions} tokens.`,
      `Set it to at most ${positions}.`,
    );
}

/**
 * Rows: the teacher, the student trained alone, the student distilled; each also goes to `onRow` when it is measured.
 * @param config of the student's run; its vocabulary is the teacher's
 * @throws LabError `config.invalid`, `run.nonFinite`, `data.invalid`, `gpu.*`
 */
export async function distillModel(
  engine: CheckContext,
  teacher: Teacher,
  config: RunConfig,
  data: PreparedData,
  options: DistillationOptions,
  tell: { readonly row: (row: CompressionRow) => void; readonly progress: (at: DistillationProgress) => void },
): Promise<Distilled> {
  requireFit(teacher, config, data);
  const asked = { ...engine, choices: engine.choices.unrecorded() };
  const model: ModelConfig = { ...config.model, vocab_size: modelSizes(teacher.model).vocabulary };
  const rows: CompressionRow[] = [];
  const measure = async (variant: string, of: Teacher, before: CompressionRow | null): Promise<CompressionRow> => {
    const row = await measureModel(asked, of.model, of.values, data.validationTokens, options.tokens, variant, before);
    rows.push(row);
    tell.row(row);
    return row;
  };
  const before = await measure('teacher', teacher, null);
  const alone = await trainStudent(asked, model, config, data, null, (step, loss) =>
    tell.progress({ stage: 'alone', step, steps: config.train.steps, loss }),
  );
  await measure('student alone', { model, values: alone }, before);
  const guide = await Guide.build(asked, teacher, config);
  let values: ReadonlyMap<string, Float32Array>;
  try {
    values = await trainStudent(asked, model, config, data, { guide, options }, (step, loss) =>
      tell.progress({ stage: 'distilled', step, steps: config.train.steps, loss }),
    );
  } finally {
    guide.destroy();
  }
  await measure('student distilled', { model, values }, before);
  return { rows, model, values };
}

type Engine = Omit<CheckContext, 'choices'> & { readonly choices: ReturnType<CheckContext['choices']['unrecorded']> };

/** The teacher on the student's device: its logits of each micro-batch go where the student's loss reads them. */
class Guide {
  private constructor(
    private readonly device: GPUDevice,
    private readonly rank: Rank,
  ) {}

  static async build({ gpu, cache, choices, rates }: Engine, { model, values }: Teacher, { train }: RunConfig) {
    const { batchSize, microBatches, sequenceLength } = train;
    const shape = { microBatchSize: batchSize / microBatches, microBatches: 1, sequenceLength };
    const spec = { model, ...shape, train: null, lora: noLora, distillation: null, keepOutputs: true };
    const plan = planRank(spec, choices, cache.catalog);
    const rank = await Rank.build(gpu, cache, plan, rates, () => undefined);
    rank.writeParameters(values);
    return new Guide(gpu.device, rank);
  }

  /** Queues the teacher's forward pass and the copy of its logits; what is queued afterwards reads them. */
  show(batch: MicroBatch, student: Rank): void {
    const { buffer, offset, size } = this.rank.submitLogits(batch);
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, offset, student.memory.buffer(bufferNames.teacher), 0, size);
    this.device.queue.submit([encoder.finish()]);
  }

  destroy(): void {
    this.rank.destroy();
  }
}

/** The weights after all of the run's steps, by name. @throws LabError `run.nonFinite` */
async function trainStudent(
  { gpu, cache, choices, rates }: Engine,
  model: ModelConfig,
  { train }: RunConfig,
  data: PreparedData,
  taught: { readonly guide: Guide; readonly options: DistillationOptions } | null,
  onStep: (step: number, loss: number) => void,
): Promise<ReadonlyMap<string, Float32Array>> {
  const { batchSize, microBatches, sequenceLength, seed, steps } = train;
  const shape = { microBatchSize: batchSize / microBatches, microBatches, sequenceLength };
  const distillation = taught?.options ?? null;
  const plan = planRank(
    { model, ...shape, train, lora: noLora, distillation, keepOutputs: false },
    choices,
    cache.catalog,
  );
  const rank = await Rank.build(gpu, cache, plan, rates, () => undefined);
  try {
    rank.writeParameters(initialWeights(model, seed));
    rank.clearOptimizer();
    for (let step = 0; step < steps; step++) {
      const inputs = {
        step: step + 1,
        learningRate: learningRate(step, train),
        validTokens: batchSize * sequenceLength,
        microBatch: (microBatch: number): MicroBatch => {
          const place = { seed, step, rank: 0, dpSize: 1, microBatch, microBatches, batchSize, sequenceLength };
          const own = batch(data.trainTokens, place);
          taught?.guide.show(own, rank);
          return own;
        },
      };
      rank.submitStep(inputs, () => undefined);
      if ((step + 1) % AHEAD !== 0 && step + 1 < steps) continue;
      const { loss, nonFinite } = await rank.readMetrics();
      if (nonFinite > 0 || !Number.isFinite(loss))
        throw new LabError({
          code: 'run.nonFinite',
          message: `The student's gradients are not finite at step ${step + 1}.`,
          advice: 'Lower the learning rate or the temperature.',
        });
      onStep(step + 1, loss);
    }
    return await rank.readArena('parameters');
  } finally {
    rank.destroy();
  }
}
