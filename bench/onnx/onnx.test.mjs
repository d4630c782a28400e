// The ONNX file of the bench's model: bytes as the wire format has them, read back field by field, and every tensor's
// shape followed through the graph. That a runtime accepts and agrees is checked by every run of the decode bench.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';
import { inferShapes } from './shapeRules.mjs';
import { readModel } from './strictReader.mjs';

const shape = { vocabulary: 11, block: 9, width: 12, heads: 3, layers: 2, batch: 1 };
const FLOAT = 1;
const INT64 = 7;
const utf8 = new TextEncoder();
let gpt2Graph, modelFile, Message, parameterShapes, lab;

before(async () => {
  const load = async (path) =>
    (await runnerImport(fileURLToPath(new URL(path, import.meta.url)), { configFile: false, logLevel: 'error' }))
      .module;
  ({ gpt2Graph } = await load('./gpt2.ts'));
  ({ modelFile } = await load('./graph.ts'));
  ({ Message } = await load('./wire.ts'));
  ({ parameterShapes } = await load('../shared/model.ts'));
  const parts = ['core/benchBatch', 'check/benchRun', 'model/shapes/modelShapes'];
  lab = Object.assign({}, ...(await Promise.all(parts.map((part) => load(`../../src/${part}.ts`)))));
});

test("fields have the bytes of the format's own documentation", () => {
  assert.deepEqual([...new Message().int(1, 150).finish()], [0x08, 0x96, 0x01]);
  assert.deepEqual([...new Message().text(2, 'testing').finish()], [0x12, 7, ...utf8.encode('testing')]);
  assert.deepEqual([...new Message().message(3, new Message().int(1, 150)).finish()], [0x1a, 3, 0x08, 0x96, 0x01]);
  assert.deepEqual([...new Message().packed(6, [3, 270, 86_942]).finish()], [0x32, 6, 3, 0x8e, 2, 0x9e, 0xa7, 5]);
  // A negative number is 64 bits of two's complement: nine digits of ones, and one bit.
  assert.deepEqual([...new Message().int(1, -1).finish()], [0x08, ...Array(9).fill(0xff), 1]);
  assert.deepEqual([...new Message().float(2, -0.5).finish()], [0x15, 0, 0, 0, 0xbf]);
  // A field number beyond 15 takes two bytes of tag.
  assert.deepEqual([...new Message().int(20, 1).finish()], [0xa0, 1, 1]);
});

test("a peer's parameters have the names, shapes and first values of the lab's own", () => {
  const facts = (list) => list.map(({ name, shape: dims, init }) => [name, dims, init]);
  for (const { shape: dims } of Object.values(lab.benchDecodes)) {
    const model = lab.benchModel(dims, lab.DECODE_DEVIATION);
    const own = facts(lab.modelShapes(model).parameters);
    assert.ok(own.length > 50);
    assert.deepEqual(facts(parameterShapes(dims, lab.DECODE_DEVIATION)), own);
  }
});

test('the file read back is the graph', () => {
  const graph = gpt2Graph(shape);
  const model = readModel(modelFile(graph, 'model.onnx_data'));
  assert.equal(model.irVersion, 10);
  assert.deepEqual(model.opsets, [
    { domain: '', version: 18 },
    { domain: 'com.microsoft', version: 1 },
  ]);
  assert.equal(model.graph.name, graph.name);

  for (const [read, wanted] of [
    [model.graph.inputs, graph.inputs],
    [model.graph.outputs, graph.outputs],
  ])
    assert.deepEqual(
      read.map(({ name, type }) => [
        name,
        type.tensor.element,
        (type.tensor.shape.dims ?? []).map((dim) => dim.size ?? dim.symbol),
      ]),
      wanted.map(({ name, type, shape: dims }) => [name, type === 'float' ? FLOAT : INT64, dims]),
    );

  assert.deepEqual(
    model.graph.nodes.map(({ op, domain, inputs, outputs, attributes }) => ({
      op,
      domain,
      inputs,
      outputs,
      attributes: attributes.map((each) => [each.name, each.type, each.float ?? each.int ?? each.ints]),
    })),
    graph.nodes.map(({ op, domain, inputs, outputs, ints = {}, floats = {} }) => ({
      op,
      domain,
      inputs,
      outputs,
      attributes: [
        ...Object.entries(ints).map(([name, value]) => [name, Array.isArray(value) ? 7 : 2, value]),
        ...Object.entries(floats).map(([name, value]) => [name, 1, Math.fround(value)]),
      ],
    })),
  );

  const [weights, constants] = [
    model.graph.initializers.filter(({ location }) => location === 1),
    model.graph.initializers.filter(({ location }) => location === undefined),
  ];
  assert.deepEqual(
    constants.map(({ name, dims = [], type, raw }) => [
      name,
      dims,
      type,
      [...new BigInt64Array(Uint8Array.from(raw).buffer)].map(Number),
    ]),
    graph.constants.map(({ name, dims, values }) => [name, dims, INT64, values]),
  );
  let end = 0;
  const expected = parameterShapes(shape);
  assert.equal(weights.length, expected.length);
  for (const [i, { name, dims, type, external }] of weights.entries()) {
    const bytes = 4 * dims.reduce((a, b) => a * b, 1);
    assert.deepEqual([name, dims, type], [expected[i].name, expected[i].shape, FLOAT]);
    assert.deepEqual(external, [
      { key: 'location', value: 'model.onnx_data' },
      { key: 'offset', value: String(end) },
      { key: 'length', value: String(bytes) },
    ]);
    end += bytes;
  }
});

test('a file that was cut, or has what the format has not, is refused by the reader', () => {
  const file = modelFile(gpt2Graph(shape), 'model.onnx_data');
  assert.throws(() => readModel(file.subarray(0, -1)), /bytes wanted/);
  assert.throws(() => readModel(Uint8Array.from([...file, ...new Message().int(15, 1).finish()])), /no field 15/);
  assert.throws(() => readModel(Uint8Array.from([...file, ...new Message().int(1, 10).finish()])), /came twice/);
  assert.throws(() => readModel(new Message().text(1, 'ten').finish()), /wire type 2, not 0/);
  assert.throws(() => readModel(Uint8Array.from([0x08, 0x8a, 0x00])), /needless digits/);
});

for (const [name, S, P, keep] of [
  ['a prompt, its last logits', 5, 0, 1],
  ['a prompt, all logits', 5, 0, 0],
  ['one more token', 1, 6, 1],
])
  test(`${name}: every tensor has the shape that the next one needs`, () => {
    const graph = gpt2Graph(shape);
    const [H, D, V] = [shape.heads, shape.width / shape.heads, shape.vocabulary];
    const symbols = {
      batch_size: 1,
      sequence_length: S,
      past_sequence_length: P,
      total_sequence_length: P + S,
      kept_length: keep === 0 ? S : keep,
    };
    const shapes = inferShapes(graph, symbols, { num_logits_to_keep: keep });
    assert.deepEqual(shapes.get('logits'), [1, keep === 0 ? S : keep, V]);
    for (let layer = 0; layer < shape.layers; layer++)
      for (const part of ['key', 'value']) assert.deepEqual(shapes.get(`present.${layer}.${part}`), [1, H, P + S, D]);
    const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
    for (const { name: weight } of [...graph.weights, ...graph.constants, ...graph.inputs])
      assert.ok(read.has(weight), `${weight} is read by a node`);
  });
