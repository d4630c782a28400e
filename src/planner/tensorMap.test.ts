// What the page says of where tensors lie, against what the ranks lay out and what their programs hold, on a table of meshes.

import * as v from 'valibot';
import { expect, test } from 'vitest';
import { type LoraConfig, noLora } from '../core/loraConfig';
import { likeModel, type ModelConfig } from '../core/modelConfig';
import { bertConfigSchema } from '../core/models/bert';
import type { Gpt2Config } from '../core/models/gpt2';
import { defaultModel, defaultRunConfig, type ParallelConfig, type TrainConfig } from '../core/runConfig';

import { KernelCatalog } from '../gpu/kernelCatalog';
import { trainedCount } from '../model/shapes/adapterShapes';
import { parameterCount } from '../model/shapes/modelShapes';
import { meshSize } from '../parallel/mesh';
import type { MeshSettings } from '../parallel/meshLayout';
import { eachRun } from '../parallel/placement';
import { plannedChoices } from '../testing/plannedChoices';
import { tinyLlamas } from '../testing/tinyLlama';
import { tinyModel, tinyTrain } from '../testing/tinyRun';
import { type MeshRankPlan, planMeshRank } from '../train/meshRankPlan';
import { type MappedTensor, mapTensors, stateBytes, type TensorLayer, type TensorSlice } from './tensorMap';

const catalog = new KernelCatalog();

const [, [, llama], , [, qwen3], [, mistral]] = tinyLlamas;

interface Case {
  readonly name: string;
  readonly parallel: Partial<ParallelConfig>;
  readonly train?: Partial<TrainConfig>;
  readonly model?: Partial<Gpt2Config>;
  readonly lora?: Partial<LoraConfig>;
  /** Of another family than GPT-2. */
  readonly other?: ModelConfig;
}

const tinyBert = v.parse(bertConfigSchema, {
  model_type: 'bert',
  vocab_size: 13,
  hidden_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 20,
  max_position_embeddings: 8,
});

const tinyRoberta = likeModel('roberta', { ...tinyBert, architecture: 'BertForSequenceClassification' });
const tinyDistilbert = likeModel('distilbert', tinyBert);

const cases: readonly Case[] = [
  { name: 'one rank', parallel: {} },
  { name: 'replicas', parallel: { dp: 3 } },
  { name: 'ZeRO 1', parallel: { dp: 4, zero: 1 } },
  { name: 'ZeRO 2', parallel: { dp: 2, zero: 2 } },
  { name: 'ZeRO 3', parallel: { dp: 4, zero: 3 } },
  { name: 'tensor', parallel: { tp: 2 } },
  { name: 'uneven tensor', parallel: { tp: 3 }, model: { n_head: 4 } },
  { name: 'tensor under ZeRO 3', parallel: { dp: 2, tp: 2, zero: 3 } },
  { name: '1F1B', parallel: { pp: 2, schedule: '1f1b' }, train: { microBatches: 4 } },
  {
    name: 'untied pipeline',
    parallel: { pp: 2, schedule: 'gpipe' },
    train: { microBatches: 2 },
    model: { tie_word_embeddings: false },
  },
  {
    name: 'zero bubble',
    parallel: { pp: 2, stagesPerRank: 2, schedule: 'zbv' },
    train: { microBatches: 4 },
    model: { n_layer: 4 },
  },
  {
    name: 'interleaved',
    parallel: { pp: 2, stagesPerRank: 2, schedule: 'interleaved-1f1b' },
    train: { microBatches: 4 },
    model: { n_layer: 5 },
  },
  { name: 'all three axes, ZeRO 1', parallel: { dp: 2, pp: 2, tp: 2, zero: 1 }, train: { microBatches: 2 } },
  { name: 'Qwen3, uneven tensor', parallel: { tp: 2 }, other: { ...qwen3, num_key_value_heads: 3 } },
  { name: 'Llama under ZeRO 3', parallel: { dp: 2, tp: 2, zero: 3 }, other: llama },
  {
    name: 'Mistral, pipeline',
    parallel: { pp: 2, schedule: '1f1b' },
    train: { microBatches: 2 },
    other: mistral,
  },
  { name: 'SGD', parallel: { dp: 2, zero: 1 }, train: { optimizer: 'sgd' } },
  { name: 'asynchronous', parallel: { dp: 3, strategy: 'async' } },
  { name: 'BERT', parallel: {}, other: tinyBert },
  { name: 'BERT, tensor', parallel: { dp: 2, tp: 2, zero: 3 }, other: tinyBert },
  { name: 'BERT, pipeline', parallel: { pp: 2, schedule: '1f1b' }, train: { microBatches: 2 }, other: tinyBert },
  {
    name: 'BERT classifier',
    parallel: { tp: 2 },
    other: { ...tinyBert, architecture: 'BertForSequenceClassification' },
  },
  { name: 'RoBERTa classifier, tensor', parallel: { tp: 2, dp: 2, zero: 2 }, other: tinyRoberta },
  { name: 'DistilBERT, pipeline', parallel: { pp: 2 }, train: { microBatches: 2 }, other: tinyDistilbert },
  { name: 'adapters', parallel: {}, lora: { r: 2 } },
  { name: 'adapters of Llama under ZeRO 2', parallel: { dp: 2, zero: 2 }, other: llama, lora: { r: 3 } },
  {
    name: 'adapters on a pipeline',
    parallel: { pp: 2, dp: 2, zero: 1 },
    train: { microBatches: 2 },
    lora: { r: 1, target_modules: 'attn.c_attn,mlp.c_proj' },
  },
  { name: 'BERT of tokens', parallel: { tp: 2 }, other: { ...tinyBert, architecture: 'BertForTokenClassification' } },
  { name: 'BERT of spans', parallel: { tp: 2 }, other: { ...tinyBert, architecture: 'BertForQuestionAnswering' } },
];

function settingsOf({ parallel, train, model, other, lora }: Case): MeshSettings {
  return {
    model: other ?? { ...tinyModel, ...model },
    train: { ...tinyTrain, batchSize: 8, ...train },
    parallel: { ...defaultRunConfig.parallel, ...parallel },
    lora: { ...noLora, ...lora },
  };
}

function planned(settings: MeshSettings): MeshRankPlan[] {
  return Array.from({ length: meshSize(settings.parallel) }, (_, rank) =>
    planMeshRank({ ...settings, keepOutputs: false }, rank, plannedChoices, catalog),
  );
}

/** Elements of the whole tensor that a slice says it holds. */
function elementsOf({ shape }: MappedTensor, { cuts, flat }: TensorSlice): number[] {
  const count = shape.reduce((a, b) => a * b, 1);
  const inner = (dim: number) => shape.slice(dim + 1).reduce((a, b) => a * b, 1);
  const piece = Array.from({ length: count }, (_, element) => element).filter((element) =>
    cuts.every(({ dim, spans }) => {
      const index = Math.floor(element / inner(dim)) % shape[dim];
      return spans.some(({ start, length }) => index >= start && index < start + length);
    }),
  );
  expect(piece).toHaveLength(flat.of);
  return piece.slice(flat.start, flat.end);
}

const arenaOf = { parameters: 'parameters', gradients: 'gradients', optimizer: 'moment1' } as const;

/** Elements of a whole parameter that a rank of the trainer stores in an arena. */
function storedElements(plan: MeshRankPlan, name: string, layer: keyof typeof arenaOf): number[] {
  const entry = plan.parameters.get(name);
  if (entry === undefined) return [];
  const arena = arenaOf[layer];
  if (entry.arena === 'frozen' && layer !== 'parameters') return [];
  const whole = plan.stored[arena] === plan.layout.length;
  const elements: number[] = [];
  eachRun(entry.wholeShape, entry.placement, plan.layoutOfMesh.mesh.tp, plan.at.tp, (global, local, length) => {
    for (let i = 0; i < length; i++) {
      const at = entry.offset + local + i;
      const kept = whole || plan.shards.some(({ start, length: long }) => at >= start && at < start + long);
      if (kept) elements.push(global + i);
    }
  });
  return elements;
}

for (const one of cases) {
  const settings = settingsOf(one);

  test(`${one.name}: each rank holds the elements that the map says, and each copy is whole`, () => {
    const plans = planned(settings);
    for (const layer of ['parameters', 'gradients', 'optimizer'] as const) {
      const { tensors, ranks } = mapTensors(settings, layer);
      const trained = trainedCount(settings.model, settings.lora);
      const frozen = settings.lora.r > 0 && layer === 'parameters' ? parameterCount(settings.model) : 0;
      expect(tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(trained + frozen);
      for (const tensor of tensors) {
        const copies = Array.from({ length: tensor.copies }, () => new Array<number>(0));
        for (const { rank } of plans) {
          const mine = tensor.slices.filter((slice) => slice.rank === rank);
          const said = mine.flatMap((slice) => elementsOf(tensor, slice)).sort((a, b) => a - b);
          expect(said, `${layer} of ${tensor.name} on rank ${rank}`).toEqual(
            storedElements(plans[rank], tensor.name, layer).sort((a, b) => a - b),
          );
          for (const slice of mine) copies[slice.copy].push(...elementsOf(tensor, slice));
        }
        const count = tensor.shape.reduce((a, b) => a * b, 1);
        for (const copy of copies) {
          expect(copy).toHaveLength(count);
          expect(new Set(copy).size).toBe(count);
        }
      }
      for (const [rank, { stored }] of plans.entries()) {
        const kept = { ...stored, parameters: stored.parameters + stored.frozen };
        const bytes = layer === 'optimizer' ? kept.moment1 + kept.moment2 : kept[layer];
        expect(stateBytes(ranks[rank])[layer]).toBe(4 * bytes);
      }
    }
  });

  // The map of activations is that of the model without its adapters.
  if (settings.lora.r > 0) continue;
  test(`${one.name}: activations are what each rank's programs hold from forward to backward`, () => {
    const { tensors } = mapTensors(settings, 'activations');
    for (const plan of planned(settings)) {
      for (const stage of plan.stages) {
        const banks =
          plan.actions[settings.parallel.strategy === 'async' ? 'async' : 'train'].banks.get(stage.span.stage) ?? 1;
        const mine = tensors
          .filter(({ placements: { pp } }) => pp.kind === 'stage' && pp.stages.includes(stage.span.stage))
          .flatMap(({ slices }) => slices.filter(({ rank }) => rank === plan.rank));
        expect(mine.map(({ flat }) => flat.of).sort((a, b) => a - b)).toEqual(held(stage.train).sort((a, b) => a - b));
        for (const slice of mine) {
          expect(slice.held).toBe(banks);
          expect(slice.bytes).toBe(4 * banks * slice.flat.of);
        }
      }
    }
  });
}

/** Sizes of the tensors that live from the forward pass of a program to another segment. */
function held({ calls, memory }: MeshRankPlan['stages'][number]['train']): number[] {
  const segments = new Map<number, { readonly elements: number; readonly names: Set<string> }>();
  for (const { bind, segment } of calls) {
    for (const tensor of Object.values(bind)) {
      if (!memory.slotOf.has(tensor.id)) continue;
      const known = segments.get(tensor.id) ?? {
        elements: tensor.shape.reduce((a, b) => a * b, 1),
        names: new Set<string>(),
      };
      known.names.add(segment);
      segments.set(tensor.id, known);
    }
  }
  return [...segments.values()]
    .filter(({ names }) => names.has('forward') && names.size > 1)
    .map(({ elements }) => elements);
}

test('a 12-layer model on 16 ranks is mapped while a hand moves', () => {
  const settings: MeshSettings = {
    model: { ...defaultModel, vocab_size: 96, n_layer: 12 },
    train: { ...defaultRunConfig.train, batchSize: 16, microBatches: 4 },
    parallel: { ...defaultRunConfig.parallel, dp: 4, pp: 2, tp: 2, zero: 1 },
    lora: noLora,
  };
  const layers: readonly TensorLayer[] = ['parameters', 'activations'];
  for (const layer of layers) {
    const times = Array.from({ length: 40 }, () => {
      const start = performance.now();
      mapTensors(settings, layer);
      return performance.now() - start;
    }).sort((a, b) => a - b);
    // Of the quickest tenth: other work on the machine is not what is measured.
    expect(times[4]).toBeLessThan(4);
  }
});
