// What ranks hold, written and read again, is the whole model bit for bit on every kind of mesh; a set that is not one model is refused.

import { expect, test } from 'vitest';
import { LabError } from '../core/errors';
import type { ModelConfig } from '../core/modelConfig';
import type { NamedFile } from '../core/records';
import { defaultRunConfig, type ParallelConfig } from '../core/runConfig';
import { initialWeights } from '../model/initialize';
import { modelShapes } from '../model/shapes/modelShapes';
import { layoutRankState } from '../model/shapes/rankState';
import { meshSize } from '../parallel/mesh';
import { layoutMesh, type MeshSettings } from '../parallel/meshLayout';
import { takeShard } from '../parallel/placement';
import { tinyLlamas } from '../testing/tinyLlama';
import { tinyModel, tinyTrain } from '../testing/tinyRun';
import { readModelFolder } from './modelFolder';
import { writeModelFolder } from './modelFolderWriter';
import { type HeldModel, type HeldPiece, readRankShards, SHARDS_FILE, writeRankShards } from './rankShards';

const [[, llama]] = tinyLlamas;

/** What the ranks of a mesh would hold of these weights. */
function heldBy(
  model: ModelConfig,
  weights: ReadonlyMap<string, Float32Array>,
  changes: Partial<ParallelConfig>,
): HeldModel {
  const parallel = { ...defaultRunConfig.parallel, ...changes };
  const train = { ...tinyTrain, microBatches: parallel.pp };
  const settings: MeshSettings = { model, train, parallel, lora: defaultRunConfig.lora };
  const layout = layoutMesh(settings);
  const states = Array.from({ length: meshSize(layout.mesh) }, (_, rank) => layoutRankState(settings, layout, rank));
  const ranks = states.map(({ at, stages, parameters, stored, shards, layout: arena }) => {
    const pieces: HeldPiece[] = [];
    for (const { name, wholeShape, placement, offset, length } of parameters.values()) {
      const local = takeShard(weights.get(name) ?? new Float32Array(0), wholeShape, placement, layout.mesh.tp, at.tp);
      if (stored.parameters === arena.length) pieces.push({ name, start: 0, values: local });
      else
        for (const shard of shards) {
          const from = Math.max(offset, shard.start) - offset;
          const to = Math.min(offset + length, shard.start + shard.length) - offset;
          if (to > from) pieces.push({ name, start: from, values: local.slice(from, to) });
        }
    }
    return { at, stages: stages.map(({ stage }) => stage), pieces };
  });
  const tensors = new Map(
    modelShapes(model).parameters.map(({ name, shape, placement }) => [name, { shape, placement }]),
  );
  return { mesh: layout.mesh, zero: parallel.zero, tensors, ranks };
}

const weights = initialWeights(tinyModel, 3);
const filesOf = (written: readonly NamedFile[]) => new Map(written.map(({ name, bytes }) => [name, bytes]));
const manifestOf = (files: ReadonlyMap<string, Uint8Array>) => new TextDecoder().decode(files.get(SHARDS_FILE));

test.each([
  [{ dp: 2 }, tinyModel],
  [{ tp: 2 }, tinyModel],
  [{ pp: 2, schedule: 'gpipe' }, tinyModel],
  [{ dp: 3, zero: 3 }, tinyModel],
  [{ dp: 2, pp: 2, tp: 2, zero: 1, schedule: 'gpipe' }, tinyModel],
  [{ dp: 2, tp: 2, zero: 3 }, llama],
] as const)('%j: read again, the folder is byte for byte that of the merged model', (parallel, model) => {
  const own = initialWeights(model, 3);
  const shapes = new Map(modelShapes(model).parameters.map(({ name, shape }) => [name, shape]));
  const whole = writeModelFolder(
    model,
    new Map([...own].map(([name, data]) => [name, { shape: shapes.get(name) ?? [], data }])),
    null,
  );
  const written = writeRankShards(heldBy(model, own, parallel));
  const around = whole.filter(({ name }) => !name.endsWith('.safetensors'));
  const { config, tensors } = readModelFolder([...around, ...written]);
  expect(writeModelFolder(config, tensors, null)).toEqual(whole);
  const ranks = String(written.length - 1).padStart(2, '0');
  expect(written.map(({ name }) => name)).toContain(`model-rank-00-of-${ranks}.safetensors`);
  expect(writeRankShards(heldBy(model, own, parallel))).toEqual(written);
});

test('the manifest says mesh, placements and offsets', () => {
  const { mesh, zero, tensors, ranks } = JSON.parse(
    manifestOf(filesOf(writeRankShards(heldBy(tinyModel, weights, { dp: 2, tp: 2, zero: 3 })))),
  );
  expect({ mesh, zero }).toEqual({ mesh: { dp: 2, pp: 1, tp: 2 }, zero: 3 });
  const name = 'transformer.h.0.attn.c_attn.weight';
  expect(tensors[name]).toEqual({ shape: [8, 24], placement: { kind: 'shard', dim: 1, blocks: 3, unit: 4 } });
  expect(ranks[3]).toMatchObject({ rank: 3, at: { dp: 1, pp: 0, tp: 1 }, file: 'model-rank-03-of-04.safetensors' });
  // Of the first tensor-parallel part, on both replicas: one run behind the other, perhaps all of it on one.
  const runs = [ranks[0], ranks[2]].flatMap((rank) => rank.tensors[name] ?? []);
  expect(runs.map(({ offset }) => offset)).toEqual(runs.map((_, at) => (at === 0 ? 0 : runs[0].length)));
  expect(runs.reduce((sum, { length }) => sum + length, 0)).toBe(96);
  expect(Object.keys(ranks[0].tensors).length).toBeLessThan(Object.keys(tensors).length);
});

function refusal(
  change: (held: HeldModel) => HeldModel,
  edit: (text: string) => string = (text) => text,
  drop = '',
): string {
  const files = filesOf(writeRankShards(change(heldBy(tinyModel, weights, { dp: 2, tp: 2 }))));
  files.delete(drop);
  try {
    readRankShards(edit(manifestOf(files)), files);
  } catch (error) {
    if (error instanceof LabError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'read';
}

const same = (held: HeldModel): HeldModel => held;
/** The pieces of one rank, changed. */
const onRank =
  (rank: number, change: (piece: HeldPiece) => HeldPiece[]) =>
  (held: HeldModel): HeldModel => ({
    ...held,
    ranks: held.ranks.map((own, index) => (index === rank ? { ...own, pieces: own.pieces.flatMap(change) } : own)),
  });

test('a set that is not one model is refused by name', () => {
  expect(refusal(same)).toBe('read');
  expect(refusal(same, undefined, 'model-rank-02-of-04.safetensors')).toMatch(
    /safetensors.invalid: .*rank 2 is missing/,
  );
  const bent = (piece: HeldPiece) =>
    piece.name.endsWith('wpe.weight')
      ? [{ ...piece, values: piece.values.map((x, i) => (i === 5 ? x + 1 : x)) }]
      : [piece];
  expect(refusal(onRank(3, bent))).toMatch(/different values of transformer.wpe.weight/);
  const without = (piece: HeldPiece) => (piece.name.includes('h.1.mlp.c_fc.weight') ? [] : [piece]);
  expect(refusal((held) => onRank(3, without)(onRank(1, without)(held)))).toMatch(/No rank holds all of .*c_fc.weight/);
  expect(refusal(same, (text) => text.replace('"dp": 2', '"dp": 3'))).toMatch(/lists 4 ranks of a mesh of 6/);
  expect(refusal(same, (text) => text.replace('"tp": 2', '"tp": 99'))).toMatch(/mesh.tp/);
  expect(refusal(same, (text) => text.replace('"unit": 4', '"unit": 5'))).toMatch(/cannot be divided/);
  expect(refusal(same, (text) => text.replace('model-rank-00', '../model-rank-00'))).toMatch(/ranks.0.file/);
  expect(refusal(same, (text) => text.slice(1))).toMatch(/not JSON/);
  expect(refusal(same, (text) => text.replace('"offset": 0', '"offset": 7'))).toMatch(/beyond|No rank/);
});
