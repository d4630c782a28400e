// A mesh as the subject of a conformance check: the golden batches divided over replicas and micro-batches, what ranks hold put together.
// It judges nothing.

import { type CheckContext, type ConformanceSubject, goldenAttention } from '../check/conformance';
import { type LabelledBatch, microBatchOf, validTargets } from '../check/goldenBatch';
import type { GoldenCase } from '../check/goldenCase';
import type { AskedModel } from '../check/greedy';
import { LabError } from '../core/errors';
import { noLora } from '../core/loraConfig';
import { partOf, type Span } from '../core/partition';
import type { CheckRow } from '../core/records';
import { defaultRunConfig, type ParallelConfig } from '../core/runConfig';
import { HeldParameters } from '../infer/heldParameters';
import type { TextModel } from '../infer/textModel';
import { groupOf } from '../parallel/mesh';
import { meshIssues } from '../parallel/meshRules';
import type { MeshSpec } from '../train/meshSpec';
import type { MicroBatch } from '../train/microBatch';
import { MeshRun } from './meshRun';
import type { ConformanceOptions } from './protocol';
import { planMesh } from './run';

/** As many micro-batches as fill a pipeline twice where the batch has the rows for it. */
function microBatchesOf({ microBatches }: ConformanceOptions, { pp, dp }: ParallelConfig, rows: number): number {
  if (microBatches !== undefined) return microBatches;
  if (pp === 1) return 1;
  return 2 * pp * dp <= rows ? 2 * pp : Math.max(1, Math.floor(rows / dp));
}

/** @throws LabError `config.invalid` with the rule where the mesh does not divide the case. */
export async function meshSubject(
  engine: CheckContext,
  limits: 'adapter' | 'min',
  golden: GoldenCase,
  wanted: ConformanceOptions,
): Promise<ConformanceSubject> {
  const parallel = { ...defaultRunConfig.parallel, ...wanted.parallel };
  const train = { ...golden.train, microBatches: microBatchesOf(wanted, parallel, golden.rows) };
  const [issue] = meshIssues({ ...defaultRunConfig, model: golden.config, train, parallel }, golden.config.vocab_size);
  if (issue)
    throw new LabError({
      code: 'config.invalid',
      message: `This mesh does not divide the case: ${issue.path} cannot be ${issue.got}.`,
      why: `It takes ${issue.expected}.`,
      advice: 'Choose another mesh, schedule or number of micro-batches.',
    });
  if (parallel.strategy !== 'sync')
    throw new LabError({
      code: 'config.invalid',
      message: `Under ${parallel.strategy} a step is not one worker's: there is nothing to be equal to.`,
      advice: 'Check conformance with the strategy sync.',
    });
  const spec: MeshSpec = { model: golden.config, train, parallel, lora: noLora, keepOutputs: true };
  const plans = planMesh(engine, spec);
  const mesh = await MeshRun.start({
    spec,
    plans,
    limits,
    choices: engine.choices.snapshot(),
    rates: engine.rates,
    data: null,
    emit: () => undefined,
    onFailure: () => undefined,
  });
  await mesh.writeParameters(golden.parameters);
  return new MeshSubject(engine, golden, mesh, spec);
}

class MeshSubject implements ConformanceSubject {
  private readonly pipeline: TextModel | null;

  constructor(
    private readonly engine: CheckContext,
    private readonly golden: GoldenCase,
    private readonly mesh: MeshRun,
    private readonly spec: MeshSpec,
  ) {
    this.pipeline = mesh.texts();
  }

  /** Rows of the global batch that a micro-batch of a replica has. */
  private span(replica: number, microBatch: number): { readonly start: number; readonly length: number } {
    const { dp } = this.spec.parallel;
    const own = partOf(this.golden.rows, dp, replica);
    const part = partOf(own.length, this.spec.train.microBatches, microBatch);
    return { start: own.start + part.start, length: part.length };
  }

  private cut(batch: LabelledBatch, span: Span): MicroBatch {
    const { config, tokens } = this.golden;
    return microBatchOf(config, batch, tokens, span, this.mesh.request.plans[0].layoutOfMesh.microBatchRows);
  }

  private validTargets(batch: LabelledBatch): number {
    const { config, tokens, rows } = this.golden;
    return validTargets(microBatchOf(config, batch, tokens, { start: 0, length: rows }, rows));
  }

  private microBatches(batch: LabelledBatch): {
    readonly validTokens: number;
    readonly of: (replica: number) => MicroBatch[];
  } {
    const { microBatches } = this.spec.train;
    return {
      validTokens: this.validTargets(batch),
      of: (replica) => Array.from({ length: microBatches }, (_, index) => this.cut(batch, this.span(replica, index))),
    };
  }

  /** Outputs stay of a replica's last micro-batch alone, so each micro-batch has its turn as the last one. */
  async evaluate(batch: LabelledBatch): ReturnType<ConformanceSubject['evaluate']> {
    const { golden, spec } = this;
    const validTokens = this.validTargets(batch);
    const { microBatches } = spec.train;
    const empty = this.cut(batch, { start: 0, length: 0 });
    const joined = new Map<string, Float32Array>();
    let loss = 0;
    for (let index = 0; index < microBatches; index++) {
      const metrics = await this.mesh.given('evaluate', { step: 0, learningRate: 0, validTokens }, (replica) => [
        ...new Array<MicroBatch>(microBatches - 1).fill(empty),
        this.cut(batch, this.span(replica, index)),
      ]);
      loss += metrics.loss;
      const replicas = await this.mesh.outputs();
      replicas.forEach((outputs, replica) => {
        this.join(joined, outputs, this.span(replica, index));
      });
    }
    const outputs = new Map<string, Float32Array>();
    for (const [name, values] of joined) {
      const layer = /^qkv\.(\d+)$/.exec(name)?.[1];
      if (layer !== undefined)
        outputs.set(
          `attentions.${layer}`,
          goldenAttention(golden, batch, Number(layer), values, joined.get(`lse.${layer}`) ?? values),
        );
      else if (!name.startsWith('lse.')) outputs.set(name, values);
    }
    return { loss, outputs };
  }

  /** Puts a micro-batch's rows where they are in the whole batch; every output begins with its rows' dim. */
  private join(
    joined: Map<string, Float32Array>,
    outputs: ReadonlyMap<string, Float32Array>,
    { start, length }: { readonly start: number; readonly length: number },
  ): void {
    const rows = this.mesh.request.plans[0].layoutOfMesh.microBatchRows;
    for (const [name, values] of outputs) {
      const each = values.length / rows;
      const whole = joined.get(name) ?? new Float32Array(each * this.golden.rows);
      joined.set(name, whole);
      whole.set(values.subarray(0, each * length), each * start);
    }
  }

  async gradients(batch: LabelledBatch): Promise<ReadonlyMap<string, Float32Array>> {
    const { validTokens, of } = this.microBatches(batch);
    await this.mesh.given('gradients', { step: 1, learningRate: 0, validTokens }, of);
    return (await this.mesh.merged('gradients')).tensors;
  }

  private held: Promise<HeldParameters> | null = null;

  /** Over the mesh's own pipeline where it has one; whole contexts always on the host's device, with the merged weights. */
  async asked(): Promise<AskedModel> {
    const { engine, golden } = this;
    this.held ??= HeldParameters.allocate(engine.gpu, golden.config);
    const held = await this.held;
    held.write(await this.mesh.parameters());
    const choices = engine.choices.unrecorded();
    return { engine: { ...engine, choices }, model: golden.config, parameters: held.store, pipeline: this.pipeline };
  }

  train(batch: LabelledBatch, step: number, rate: number): ReturnType<ConformanceSubject['train']> {
    const { validTokens, of } = this.microBatches(batch);
    return this.mesh.given('train', { step: step + 1, learningRate: rate, validTokens }, of);
  }

  parameters(): Promise<ReadonlyMap<string, Float32Array>> {
    return this.mesh.parameters();
  }

  /** Replicas end with the same bits. */
  async extra(): Promise<CheckRow[]> {
    const { parallel } = this.spec;
    if (parallel.dp === 1 || parallel.zero === 3) return [];
    const sums = await this.mesh.checksums();
    const apart = sums.filter((sum, rank) => sum !== sums[groupOf(parallel, rank, 'dp')[0]]).length;
    return [
      {
        check: 'mesh.replicas',
        maxError: apart,
        tolerance: 0,
        ok: apart === 0,
        details: `${sums.length} ranks, fingerprints of their parameters along dp`,
      },
    ];
  }

  destroy(): void {
    this.pipeline?.destroy();
    void this.held?.then((held) => held.destroy()).catch(() => undefined);
    this.mesh.destroy();
  }
}
