// What one rank of a pipeline does to continue texts: runs its stages over its part of the KV cache, takes the stream from the rank before and
// hands it on to the next, as training does. The last stage draws the tokens and sends them back to the first. Turns come from a PipelineDecoder.

import type { CommandStream } from '../gpu/commandStream';
import type { Sampling } from '../gpu/plans/sampleToken';
import type { BufferRange } from '../gpu/program';
import { Readback } from '../gpu/readback';
import type { Group } from '../parallel/collectives/group';
import { receive, receiveTokens, send, sendTokens } from '../parallel/collectives/pointToPoint';
import type { DecodePlan } from './decodePlan';
import type { InferEngine } from './inferEngine';
import type { ParameterStore } from './parameterStore';
import { type TextProgram, TextPrograms } from './textPrograms';

/** One thing that all ranks of a pipeline do together. */
export type TextWork =
  | {
      readonly kind: 'fill';
      readonly contexts: readonly Uint32Array[];
      /** How tokens are drawn from now on; null to go on as before. */
      readonly begin: { readonly sampling: Sampling; readonly said: readonly Uint32Array[] } | null;
    }
  /** `count` tokens of each text, the first at `position` after the filling and with draw number `draw`. */
  | { readonly kind: 'steps'; readonly count: number; readonly position: number; readonly draw: number };

export interface TextReply {
  /** [steps, B] from the last stage; null from the others, and where the cache was filled. */
  readonly tokens: Uint32Array | null;
  /** Sent to other ranks. */
  readonly bytesOut: number;
}

/** The ranks that the stages of a model lie on, as one of them sees them. */
export interface Pipeline {
  readonly group: Group;
  /** The rank of each stage. */
  readonly ranks: readonly number[];
}

const cargo = { activations: 'text activations', tokens: 'text tokens' } as const;

export class StageText {
  private readonly readback: Readback;

  private constructor(
    private readonly device: GPUDevice,
    /** Of the rank's own stages, in order of the model. */
    private readonly stages: readonly TextPrograms[],
    private readonly pipeline: Pipeline,
  ) {
    const largest = Math.max(
      ...stages.map(({ plan, output }) =>
        Math.max(4 * plan.texts, output?.prefill.size ?? 0, output?.decode.size ?? 0),
      ),
    );
    this.readback = new Readback(device, largest);
  }

  /** @param plans of the rank's own stages, in order of the model */
  static async build(
    engine: InferEngine,
    plans: readonly DecodePlan[],
    parameters: ParameterStore,
    pipeline: Pipeline,
    onProgress: (done: number, total: number) => void,
  ): Promise<StageText> {
    const stages: TextPrograms[] = [];
    for (const plan of plans) stages.push(await TextPrograms.build(engine, plan, parameters, onProgress));
    return new StageText(engine.gpu.device, stages, pipeline);
  }

  /** @throws LabError of the links or the device: no rank then goes on. */
  async run(work: TextWork): Promise<TextReply> {
    const { endpoint } = this.pipeline.group;
    const before = endpoint.bytesOut;
    const tokens = work.kind === 'fill' ? await this.fill(work) : await this.steps(work);
    return { tokens, bytesOut: endpoint.bytesOut - before };
  }

  private async fill({ contexts, begin }: Extract<TextWork, { kind: 'fill' }>): Promise<null> {
    const { stages } = this;
    if (begin) for (const stage of stages) stage.start(begin.sampling, begin.said);
    // The same chunks on all stages: they follow from the lengths.
    const starts = stages.map((stage) => stage.beginFill(contexts))[0] ?? [];
    for (const start of starts) {
      for (const stage of stages) {
        await this.takeStream(stage, 'prefill');
        await this.handOn(stage, 'prefill', stage.fillChunk(contexts, start));
      }
    }
    for (const stage of stages) stage.endFill(contexts);
    return null;
  }

  private async steps({ count, position, draw }: Extract<TextWork, { kind: 'steps' }>): Promise<Uint32Array | null> {
    const { stages } = this;
    const last = stages.find(({ plan }) => plan.stage.head);
    const texts = stages[0].plan.texts;
    const out = last ? new Uint32Array(texts * count) : null;
    for (let step = 0; step < count; step++) {
      for (const stage of stages) {
        await this.takeStream(stage, 'decode');
        stage.setStep(position + step, draw + step);
        const stream = stage.step(position + step);
        if (stage !== last || !out) {
          await this.handOn(stage, 'decode', stream);
          continue;
        }
        stream.copy(stage.tokens, 0, this.readback.target, 0, 4 * texts);
        stream.submit();
        await this.readback.into(new Uint8Array(out.buffer, 4 * texts * step, 4 * texts));
      }
      await this.returnTokens(out?.slice(texts * step, texts * (step + 1)) ?? null);
    }
    return out;
  }

  /** What the stage reads is in its place, or on its way there in the queue, when this resolves. */
  private async takeStream({ plan, input }: TextPrograms, name: TextProgram): Promise<void> {
    const { group, ranks } = this.pipeline;
    const { stage } = plan.stage;
    // A neighbour on the same rank has copied it.
    if (input === null || ranks[stage - 1] === group.endpoint.rank) return;
    const { buffer, offset, size } = input[name];
    const options = { what: cargo.activations, key: `${name} ${stage}` };
    const values = await receive(group, ranks[stage - 1], size / 4, options);
    this.device.queue.writeBuffer(buffer, offset, values.buffer, values.byteOffset, values.byteLength);
    group.pool.give(values);
  }

  /** Submits `stream`, in which the stage's program is encoded, and gives what it puts out to the next stage. */
  private async handOn({ plan, output }: TextPrograms, name: TextProgram, stream: CommandStream) {
    const { group, ranks } = this.pipeline;
    const next = plan.stage.stage + 1;
    if (output === null) return stream.submit();
    const { buffer, offset, size } = output[name];
    const target = this.ownInput(next, name);
    if (target) stream.copy(buffer, offset, target.buffer, target.offset, size);
    else stream.copy(buffer, offset, this.readback.target, 0, size);
    stream.submit();
    if (target) return;
    const values = group.pool.take(size / 4);
    await this.readback.into(new Uint8Array(values.buffer, 0, size));
    send(group, ranks[next], values, { what: cargo.activations, key: `${name} ${next}` });
  }

  private ownInput(stage: number, name: TextProgram): BufferRange | null {
    return this.stages.find(({ plan }) => plan.stage.stage === stage)?.input?.[name] ?? null;
  }

  /** From the last stage to where the first reads them. */
  private async returnTokens(drawn: Uint32Array<ArrayBuffer> | null): Promise<void> {
    const { group, ranks } = this.pipeline;
    const own = group.endpoint.rank;
    const first = this.stages.find(({ plan }) => plan.stage.embedding);
    const options = { what: cargo.tokens };
    if (drawn && ranks[0] !== own) return sendTokens(group, ranks[0], drawn, options);
    if (!first) return;
    const tokens = drawn ?? (await receiveTokens(group, ranks[ranks.length - 1], first.plan.texts, options));
    this.device.queue.writeBuffer(first.tokens, 0, tokens);
  }

  destroy(): void {
    for (const stage of this.stages) stage.destroy();
    this.readback.destroy();
  }
}
