// Beam search on the device: beams are texts side by side over one KV cache. Each step ranks their next tokens there and reads a few of each back;
// the beams that go on take their keys and values with copies on the device. It knows no tokenizer.

import { LabError } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { CommandStream } from '../gpu/commandStream';
import { rankingStride } from '../gpu/plans/topTokens';
import { Readback } from '../gpu/readback';
import { cacheElements } from '../model/modelText';
import { modelArena } from '../model/shapes/modelShapes';
import { wholeModel } from '../parallel/stages';
import { type Beam, type BeamCandidate, type BeamOptions, BeamSearch, candidatesPerBeam } from './beams';
import { planDecode } from './decodePlan';
import { notNumbers } from './generate';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';
import { TextPrograms } from './textPrograms';

export class BeamDecoder {
  private readonly readback: Readback;
  /** One layer's cache of all beams, on its way from row to row: a buffer cannot be copied onto itself. */
  private readonly passage: GPUBuffer;
  /** The cache is of one search at a time. */
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly engine: InferEngine,
    private readonly programs: TextPrograms,
    private readonly top: number,
  ) {
    const { device } = engine.gpu;
    const { texts, model } = programs.plan;
    this.readback = new Readback(device, 4 * texts * rankingStride(top));
    this.passage = device.createBuffer({
      label: 'beams on their way',
      size: 4 * texts * cacheElements(model),
      usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
  }

  /** @throws LabError `config.invalid` for beams that the vocabulary has no tokens for; `gpu.limit`, `gpu.outOfMemory` */
  static async build(
    engine: InferEngine,
    model: ModelConfig,
    parameters: ParameterStore,
    options: Pick<BeamOptions, 'beams' | 'endTokens'>,
  ): Promise<BeamDecoder> {
    const { layers, vocabulary } = modelSizes(model);
    const top = candidatesPerBeam(options);
    if (top > vocabulary)
      throw new LabError({
        code: 'config.invalid',
        message: `There cannot be ${options.beams} beams.`,
        why: `Each has to know its ${top} best tokens, and the vocabulary has ${vocabulary}.`,
        advice: 'Search with fewer beams.',
      });
    const { choices, cache } = engine;
    const whole = wholeModel(layers);
    const plan = planDecode(
      model,
      whole,
      modelArena(model),
      options.beams,
      choices,
      cache.catalog,
      parameters.quantized,
      { kind: 'rank', top },
    );
    return new BeamDecoder(engine, await TextPrograms.build(engine, plan, parameters, () => undefined), top);
  }

  /**
   * The best continuation of `prompt`, which with `maxTokens` more has room in the context. False of `goOn`, asked before each token, ends
   * the search with the best so far.
   * @throws LabError `run.nonFinite` where logits are not numbers
   */
  search(prompt: Uint32Array, options: BeamOptions, goOn: () => boolean): Promise<Beam> {
    const run = (): Promise<Beam> => this.searchNow(prompt, options, goOn);
    const found = this.turn.then(run, run);
    this.turn = found.catch(() => undefined);
    return found;
  }

  private async searchNow(prompt: Uint32Array, options: BeamOptions, goOn: () => boolean): Promise<Beam> {
    const { programs } = this;
    const contexts = Array.from({ length: options.beams }, () => prompt);
    for (const start of programs.beginFill(contexts)) programs.fillChunk(contexts, start).submit();
    programs.endFill(contexts);
    const search = new BeamSearch(options);
    // Before the first token all rows hold the prompt: one of them speaks for it.
    let rows = 1;
    for (let step = 0; !search.done && goOn(); step++) {
      const next = search.advance(await this.rank(step, rows));
      rows = next.length;
      if (rows === 0) break;
      this.reorder(
        next.map(({ parent }) => parent),
        prompt.length + step,
      );
      const tokens = new Uint32Array(options.beams);
      tokens.set(next.map(({ token }) => token));
      this.engine.gpu.device.queue.writeBuffer(programs.tokens, 0, tokens);
    }
    return search.best;
  }

  /** Runs a step; the best tokens of the first `rows` beams. */
  private async rank(step: number, rows: number): Promise<BeamCandidate[]> {
    const { programs, top, readback } = this;
    const { ranking } = programs;
    if (!ranking) throw new LabError({ code: 'internal', message: 'These programs draw tokens' });
    programs.setStep(step, step);
    const stream = programs.step(step);
    stream.copy(ranking.buffer, ranking.offset, readback.target, 0, ranking.size);
    stream.submit();
    const values = new Float32Array(ranking.size / 4);
    await readback.into(new Uint8Array(values.buffer));
    const stride = rankingStride(top);
    return Array.from({ length: rows * top }, (_, index) => {
      const [beam, place] = [Math.floor(index / top), index % top];
      if (values[beam * stride + 2 * top + 3] > 0) throw notNumbers();
      const at = beam * stride + 2 * place;
      return { beam, token: values[at], logProbability: values[at + 1] };
    });
  }

  /** Row i of every layer's cache becomes what row parents[i] was, in its first `positions`. */
  private reorder(parents: readonly number[], positions: number): void {
    const { programs, engine, passage } = this;
    const moved = parents.flatMap((parent, row) => (parent === row ? [] : [{ parent, row }]));
    if (moved.length === 0) return;
    const { model } = programs.plan;
    const rowBytes = 4 * cacheElements(model);
    const bytes = (rowBytes / modelSizes(model).positions) * positions;
    const stream = new CommandStream(engine.gpu.device, engine.rates);
    for (const cache of programs.caches) {
      for (const parent of new Set(moved.map((move) => move.parent)))
        stream.copy(cache, parent * rowBytes, passage, parent * rowBytes, bytes);
      for (const { parent, row } of moved) stream.copy(passage, parent * rowBytes, cache, row * rowBytes, bytes);
    }
    stream.submit();
  }

  destroy(): void {
    this.programs.destroy();
    this.readback.destroy();
    this.passage.destroy();
  }
}
