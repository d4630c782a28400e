// Continues one text with a model and a draft of it, both on one device: the draft proposes a few tokens, the model judges them all in one pass, and
// the text goes on by those that it accepts and one of the model's own (Leviathan et al. 2023, algorithm 1). What is written is distributed as
// if the model had written it alone. How many tokens a round gives is read once, with the tokens; the next rounds begin before that is known, since the
// place where they begin is on the device.

import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { Speculation } from '../core/records';
import { CommandStream } from '../gpu/commandStream';
import { draftResultWords } from '../gpu/plans/acceptDraft';
import { NO_TOKEN, type Sampling } from '../gpu/plans/sampleToken';
import { Readback } from '../gpu/readback';
import { STEP_BLOCK_BYTES } from '../gpu/stepBlock';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import { type DecodeRole, planDecode } from './decodePlan';
import { AHEAD } from './decoder';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';
import { TextPrograms } from './textPrograms';
import type { TokenDecoder } from './tokenDecoder';

export interface TextParameters {
  readonly model: ModelConfig;
  readonly store: ParameterStore;
}

/** What was asked of the device at once: a round, or one plain step where the context has no room for a round. */
interface Asked {
  /** Tokens that it gives at most. */
  readonly most: number;
  /** How many tokens, then the tokens. */
  readonly results: Promise<Uint32Array>;
}

export class SpeculativeDecoder implements TokenDecoder {
  readonly traffic = null;
  private readonly stepBytes: ArrayBuffer;
  /** The step blocks of a round: of each token of the draft, the one that is only remembered among them, and of the verdict. */
  private readonly stepTable: GPUBuffer;
  private readonly readbacks: readonly Readback[];
  private readonly asked: Asked[] = [];
  /** Tokens that came and were not taken. */
  private come: number[] = [];
  /** Place of the last token that is known to have come. */
  private position = 0;
  /** Places that a round may use: none where the text is longer than the draft's context. */
  private places = 0;
  private submitted = 0;
  private greedy = true;
  private readonly counts = { rounds: 0, drafted: 0, accepted: 0 };

  private constructor(
    private readonly engine: InferEngine,
    private readonly target: TextPrograms,
    private readonly draft: TextPrograms,
    private readonly drafted: number,
  ) {
    const { device } = engine.gpu;
    this.stepBytes = new ArrayBuffer((drafted + 2) * STEP_BLOCK_BYTES);
    this.stepTable = device.createBuffer({
      label: 'steps',
      size: this.stepBytes.byteLength,
      usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    const bytes = 4 * draftResultWords(drafted);
    this.readbacks = Array.from({ length: AHEAD[engine.choices.family] }, () => new Readback(device, bytes));
  }

  /**
   * @param drafted tokens that the draft proposes in a round, at least 1
   * @throws LabError `model.mismatch` where both do not share a vocabulary; `gpu.limit`, `gpu.outOfMemory`
   */
  static async build(
    engine: InferEngine,
    target: TextParameters,
    draft: TextParameters,
    drafted: number,
    onProgress: (done: number, total: number) => void,
  ): Promise<SpeculativeDecoder> {
    const [own, others] = [modelSizes(target.model).vocabulary, modelSizes(draft.model).vocabulary];
    if (own !== others)
      throw new LabError({
        code: 'model.mismatch',
        message: 'The draft has another vocabulary than the model.',
        why: `${others} tokens, and ${own} of the model.`,
        advice: 'Take a draft that was trained with the same tokenizer.',
      });
    const programs = ({ model, store }: TextParameters, role: DecodeRole, half: number): Promise<TextPrograms> => {
      const whole = wholeModel(modelSizes(model).layers);
      const { choices, cache } = engine;
      const plan = planDecode(model, whole, modelArena(model), 1, choices, cache.catalog, store.quantized, role);
      return TextPrograms.build(engine, plan, store, (done, total) => onProgress(half * total + done, 2 * total));
    };
    const judge = await programs(target, { kind: 'judge', drafted }, 0);
    try {
      return new SpeculativeDecoder(engine, judge, await programs(draft, { kind: 'draft' }, 1), drafted);
    } catch (cause) {
      judge.destroy();
      throw cause;
    }
  }

  get model(): ModelConfig {
    return this.target.plan.model;
  }

  get speculation(): Speculation {
    return { draftTokens: this.drafted, ...this.counts };
  }

  start(sampling: Sampling, said: readonly Uint32Array[]): void {
    this.greedy = !(sampling.temperature > 0);
    this.target.start(sampling, said);
    this.draft.start(sampling, said);
    Object.assign(this.counts, { rounds: 0, drafted: 0, accepted: 0 });
  }

  fill(contexts: readonly Uint32Array[]): void {
    const [{ length }] = contexts;
    const [own, drafts] = [this.target, this.draft].map(({ plan }) => modelSizes(plan.model).positions);
    this.places = length <= drafts ? Math.min(own, drafts) : 0;
    for (const programs of this.places > 0 ? [this.target, this.draft] : [this.target]) {
      for (const start of programs.beginFill(contexts)) programs.fillChunk(contexts, start).submit();
      programs.endFill(contexts);
    }
    this.position = length - 1;
    this.come = [];
  }

  /** The last place that may be taken by what is on its way. */
  private get furthest(): number {
    return this.asked.reduce((place, { most }) => place + most, this.position);
  }

  private get roundFits(): boolean {
    return this.furthest + this.drafted < this.places;
  }

  get room(): boolean {
    return this.roundFits || (this.asked.length === 0 && this.position < modelSizes(this.model).positions);
  }

  get pending(): boolean {
    return this.asked.length > 0 || this.come.length > 0;
  }

  get mayRunAhead(): boolean {
    return this.asked.length < this.readbacks.length;
  }

  /** A round counts as the one token that it gives at least. */
  submit(draw: number): number {
    const readback = this.readbacks[this.submitted++ % this.readbacks.length];
    const stream = new CommandStream(this.engine.gpu.device, this.engine.rates);
    const round = this.roundFits;
    const words = round ? draftResultWords(this.drafted) : 2;
    if (round) this.round(draw, stream, readback.target);
    else this.plainStep(draw, stream, readback.target);
    stream.submit();
    const out = new Uint32Array(words);
    const results = readback.into(new Uint8Array(out.buffer)).then(() => out);
    // Whoever takes it hears of a failure; what nobody takes any more fails for nobody.
    results.catch(() => undefined);
    this.asked.push({ most: round ? this.drafted + 1 : 1, results });
    return 1;
  }

  private writeSteps(draw: number, count: number, positionOf: (step: number) => number): void {
    // Draws of the draft have numbers of their own.
    const first = draw * (this.drafted + 1);
    for (let i = 0; i < count; i++) {
      const block = new DataView(this.stepBytes, i * STEP_BLOCK_BYTES, STEP_BLOCK_BYTES);
      this.target.stepBlock(block, positionOf(i), first + i);
    }
    this.engine.gpu.device.queue.writeBuffer(this.stepTable, 0, this.stepBytes, 0, count * STEP_BLOCK_BYTES);
  }

  private takeStep(step: number, programs: TextPrograms, stream: CommandStream): void {
    stream.copy(this.stepTable, step * STEP_BLOCK_BYTES, programs.stepBuffer, 0, STEP_BLOCK_BYTES);
  }

  private round(draw: number, stream: CommandStream, into: GPUBuffer): void {
    const { target, draft, drafted } = this;
    const { vocabulary } = modelSizes(this.model);
    const keys = this.furthest + drafted + 1;
    // The verdict's position is that of the text's last token.
    this.writeSteps(draw, drafted + 2, (step) => (step <= drafted ? step : 0));
    const proposals = target.buffer('draft');
    stream.copy(target.buffer('firstPositions'), 0, draft.buffer('firstPositions'), 0, 4);
    stream.copy(target.tokens, 0, draft.tokens, 0, 4);
    stream.copy(target.tokens, 0, proposals, 0, 4);
    // What the draft was refused is forgotten.
    stream.copy(target.buffer('seen'), 0, draft.buffer('seen'), 0, target.buffer('seen').size);
    for (let i = 0; i < drafted; i++) {
      this.takeStep(i, draft, stream);
      draft.run('decode', keys, stream);
      stream.copy(draft.tokens, 0, proposals, 4 * (i + 1), 4);
      if (this.greedy) continue;
      const bytes = 4 * vocabulary;
      stream.copy(draft.buffer('probabilities'), 0, target.buffer('draftProbabilities'), i * bytes, bytes);
    }
    // If all are accepted the next round begins behind the last: its key and value must be there.
    this.takeStep(drafted, draft, stream);
    draft.run('speculate', keys, stream);
    this.takeStep(drafted + 1, target, stream);
    target.run('speculate', keys, stream);
    stream.copy(target.buffer('draftResults'), 0, into, 0, 4 * draftResultWords(drafted));
  }

  /** One token of the model's own, in the form of a round's results. */
  private plainStep(draw: number, stream: CommandStream, into: GPUBuffer): void {
    const { target } = this;
    target.moveTo(Uint32Array.of(this.position));
    this.writeSteps(draw, 1, () => 0);
    this.takeStep(0, target, stream);
    target.run('decode', this.position + 1, stream);
    stream.copy(target.tokens, 0, into, 4, 4);
  }

  async take(): Promise<Uint32Array> {
    if (this.come.length === 0) {
      const [next] = this.asked;
      if (next === undefined) return Uint32Array.of(NO_TOKEN);
      const results = await next.results;
      this.asked.shift();
      const plain = next.most === 1;
      const count = plain ? 1 : results[0];
      this.come = [...results.subarray(1, 1 + count)];
      this.position += count;
      if (!plain) {
        this.counts.rounds++;
        this.counts.drafted += this.drafted;
        this.counts.accepted += count - 1;
      }
    }
    return Uint32Array.of(this.come.shift() ?? NO_TOKEN);
  }

  async drain(): Promise<void> {
    await Promise.allSettled(this.asked.splice(0).map(({ results }) => results));
    this.come = [];
  }

  destroy(): void {
    this.target.destroy();
    this.draft.destroy();
    for (const readback of this.readbacks) readback.destroy();
    this.stepTable.destroy();
  }
}
