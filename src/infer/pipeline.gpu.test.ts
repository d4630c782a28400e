// Texts over a pipeline, its ranks in one thread joined by real message channels: the tokens of the whole model on one device, alone and side by
// side, within a context and beyond it, in stages that lie one behind the other or fold back; what it sends; and an end with a name.

import { afterEach, expect, test } from 'vitest';
import { LabError } from '../core/errors';
import type { Gpt2Config } from '../core/models/gpt2';
import { defaultModel } from '../core/runConfig';
import { noCuts, type Sampling } from '../gpu/plans/sampleToken';
import { initialWeights } from '../model/initialize';
import { modelArena } from '../model/shapes/modelShapes';
import { splitStages } from '../parallel/stages';
import { fixedChoices } from '../testing/fixedChoices';
import { type LocalMesh, localMesh } from '../testing/localMesh';
import { testDevice } from '../testing/testDevice';
import { rates } from '../testing/tinyRun';
import { planDecode } from './decodePlan';
import type { GenerateOptions } from './generate';
import { HeldParameters } from './heldParameters';
import { PipelineDecoder } from './pipelineDecoder';
import { StageText, type TextReply } from './stageText';
import { deviceText, TextModel } from './textModel';

const lab = testDevice('adapter');
const opened: { destroy(): void }[] = [];

afterEach(() => {
  for (const thing of opened.splice(0)) thing.destroy();
});

/** As generate.gpu.test.ts has it. */
const model: Gpt2Config = {
  ...defaultModel,
  vocab_size: 61,
  n_positions: 80,
  n_embd: 24,
  n_head: 3,
  n_layer: 2,
  initializer_range: 0.3,
};

function promptOf(length: number, salt = 1): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => (i * i * 7 + i * salt + salt) % model.vocab_size);
}

/** `ranks` of each stage; every rank reads the same arena, of the whole model. */
async function open(own: Gpt2Config, ranks: readonly number[]) {
  const engine = { ...lab, choices: fixedChoices(lab.gpu, 'blocked'), rates };
  const held = await HeldParameters.allocate(lab.gpu, own);
  held.write(initialWeights(own, 5));
  const whole = deviceText(engine, own, held.store);
  const mesh: LocalMesh = localMesh(2, 'channels');
  const stages = splitStages(own.n_layer, ranks.length, { embedding: 0, layer: 1, head: 1 });
  const pipeline = new TextModel(own, async (texts) => {
    const built = await Promise.all(
      mesh.groups.map((group, rank) =>
        StageText.build(
          engine,
          stages
            .filter(({ stage }) => ranks[stage] === rank)
            .map((stage) => planDecode(own, stage, modelArena(own), texts, engine.choices, lab.cache.catalog, null)),
          held.store,
          { group, ranks },
          () => undefined,
        ),
      ),
    );
    opened.push(...built);
    const queues: Promise<unknown>[] = built.map(() => Promise.resolve());
    let turns = 0;
    return new PipelineDecoder(
      own,
      texts,
      {
        stages: ranks.length,
        run: (work) => {
          const turn = ++turns;
          const replies = built.map((stage, rank): Promise<TextReply> => {
            const next = queues[rank].then(() => {
              mesh.endpoints[rank].step = turn;
              return stage.run(work);
            });
            queues[rank] = next.catch(() => undefined);
            return next;
          });
          return Promise.all(replies);
        },
      },
      2,
    );
  });
  opened.push(whole, pipeline, held, { destroy: () => mesh.close() });
  return { whole, pipeline, mesh };
}

const greedy: Sampling = { ...noCuts, temperature: 0, seed: 0 };

function options(prompts: readonly Uint32Array[], maxTokens: number, sampling = greedy): GenerateOptions {
  return { prompts, maxTokens, sampling, goOn: () => true, onToken: () => true, onDropped: () => undefined };
}

test('a pipeline gives the tokens of one worker, says what it sent, and ends as it is told', async () => {
  const { whole, pipeline, mesh } = await open(model, [0, 1]);
  const prompts = [promptOf(1), promptOf(64, 2), promptOf(67, 3)];
  const sent: unknown[] = [];
  const alone = options([prompts[2]], 30);
  const wanted = await whole.generate(alone);
  expect(new Set(wanted[0]).size).toBeGreaterThan(2);
  expect(await pipeline.generate({ ...alone, onTraffic: (traffic) => sent.push(traffic) })).toEqual(wanted);
  // Two chunks of 64 tokens at first, one of them when the text outgrew the context; a token's stream, and the token back.
  const chunk = 4 * 64 * model.n_embd;
  expect(sent).toEqual([{ stages: 2, prefillBytes: 3 * chunk, bytesPerToken: 4 * model.n_embd + 4 }]);
  const drawn = options(prompts, 20, { ...noCuts, temperature: 1.5, repetitionPenalty: 1.2, topK: 30, seed: 3 });
  expect(await pipeline.generate(drawn)).toEqual(await whole.generate(drawn));

  let heard = 0;
  const [stopped] = await pipeline.generate({ ...alone, onToken: () => ++heard < 4 });
  expect(stopped).toEqual(wanted[0].slice(0, 4));
  const gone = new LabError({ code: 'gpu.lost', message: 'The device is gone.' });
  const failing = pipeline.generate({
    ...alone,
    onToken: () => {
      mesh.endpoints[1].abort(gone);
      return true;
    },
  });
  await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('The device is gone.') });
});

test('stages that fold back onto the first rank give the same', async () => {
  const { whole, pipeline } = await open({ ...model, n_layer: 4 }, [0, 1, 1, 0]);
  const texts = options([promptOf(3), promptOf(9, 2), promptOf(6, 3)], 6);
  expect(await pipeline.generate(texts)).toEqual(await whole.generate(texts));
});
