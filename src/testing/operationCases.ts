// A graph for each registered operation, with what the float64 twins say of its outputs and of every input's gradient. Test-only.
// The mapped type is the proof that no operation is left out.

import { activationNames } from '../core/runConfig';
import type { Tensor } from '../gpu/graph';
import type { ExchangeName, OperationName } from '../gpu/ops/registry';
import { ropeFrequencies } from '../gpu/plans/rope';
import { buildTokenIndex } from '../gpu/plans/tokenIndex';
import { activation, activationBackward } from '../reference/activation';
import { type AttentionInput, attention, attentionBackward } from '../reference/attention';
import { crossEntropy, crossEntropyBackward } from '../reference/crossEntropy';
import { dropout, dropoutBackward, dropoutMask } from '../reference/dropout';
import { embedding, embeddingBackward, sequencePositions } from '../reference/embedding';
import { layerNorm, layerNormBackward } from '../reference/layerNorm';
import { type LinearShape, linear, linearDBias, linearDInput, linearDWeight } from '../reference/linear';
import { rmsNorm, rmsNormBackward } from '../reference/rmsNorm';
import { rope, ropeBackward } from '../reference/rope';
import { softmax, softmaxBackward } from '../reference/softmax';
import { swiglu, swigluBackward } from '../reference/swiglu';
import { randomValues } from './randomValues';
import type { GraphRun, Values } from './runTrace';

/** An expected tensor: `terms` is the longest sum behind an element, `absolute` what a zero may miss by beside the rule. */
export interface Expected {
  readonly values: Float64Array;
  readonly terms: number;
  readonly factor?: number;
  readonly absolute?: number;
}

export interface OperationCase {
  readonly name: string;
  readonly run: GraphRun;
  readonly outputs: Readonly<Record<string, Expected>>;
  readonly gradients: Readonly<Record<string, Expected>>;
  /** Element 0 of named buffers. */
  readonly named?: Readonly<Record<string, Expected>>;
}

interface Size {
  readonly rows: number;
  readonly columns: number;
}

/** One, prime, and one that fills several workgroups and divides by 4. */
const SIZES: readonly Size[] = [
  { rows: 1, columns: 1 },
  { rows: 5, columns: 7 },
  { rows: 66, columns: 64 },
];

/** float32 values as float64, so that both sides begin alike. */
export function matrix(name: string, ...shape: number[]): Values {
  const count = shape.reduce((a, b) => a * b, 1);
  return { shape, values: randomValues(`${name} ${shape.join('x')}`, count) };
}

export function plus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]);
}

function label({ rows, columns }: Size): string {
  return `${rows}x${columns}`;
}

const STEP = { seed: 11, step: 3, firstRow: 0, position: 0, learningRate: 0, inverseTokens: 1, beta1: 0, beta2: 0 };
const EPSILON = 1e-5;

/**
 * exp of GPUs is a few units in the last place off, and a derivative multiplies such factors: 4 covers both. Gradients of a norm subtract
 * means of products, hence their absolute part.
 */
const EXP = 4;

function pointwise({ rows, columns }: Size): OperationCase[] {
  const x = matrix('x', rows, columns);
  const dY = randomValues('dY', rows * columns);
  return activationNames.map((name) => ({
    name: `${name} ${rows}x${columns}`,
    run: {
      parameters: { x },
      build: ({ trace, leaf }) => ({ y: trace.apply('activation', { x: leaf('x') }, { activation: name }, ['y']).y }),
      seeds: { y: dY },
    },
    outputs: { y: { values: activation(name, x.values), terms: 1, factor: EXP } },
    gradients: { x: { values: activationBackward(name, x.values, dY), terms: 1, factor: EXP } },
  }));
}

function sums(size: Size): OperationCase[] {
  const { rows, columns } = size;
  const a = matrix('a', rows, columns);
  const b = matrix('b', rows, columns);
  const dC = randomValues('dC', rows * columns);
  const twice = dC.map((d) => 2 * d);
  return [
    {
      name: label(size),
      run: {
        parameters: { a, b },
        build: ({ trace, leaf }) => ({ c: trace.apply('add', { a: leaf('a'), b: leaf('b') }, {}, ['c']).c }),
        seeds: { c: dC },
      },
      outputs: { c: { values: plus(a.values, b.values), terms: 1 } },
      gradients: { a: { values: dC, terms: 1 }, b: { values: dC, terms: 1 } },
    },
    {
      name: `${label(size)} to itself`,
      run: {
        parameters: { a },
        build: ({ trace, leaf }) => {
          const x = leaf('a');
          return { c: trace.apply('add', { a: x, b: x }, {}, ['c']).c };
        },
        seeds: { c: dC },
      },
      outputs: { c: { values: plus(a.values, a.values), terms: 1 } },
      gradients: { a: { values: twice, terms: 1 } },
    },
    {
      // Either input goes on to another consumer: what is added to one must not show in the other.
      name: `${label(size)} and then each again`,
      run: {
        parameters: { a, b },
        build: ({ trace, leaf }) => {
          const [x, y] = [leaf('a'), leaf('b')];
          return {
            u: trace.apply('activation', { x }, { activation: 'relu' }, ['y']).y,
            v: trace.apply('activation', { x: y }, { activation: 'silu' }, ['y']).y,
            c: trace.apply('add', { a: x, b: y }, {}, ['c']).c,
          };
        },
        seeds: { c: dC, u: a.values, v: b.values },
      },
      outputs: { c: { values: plus(a.values, b.values), terms: 1 } },
      gradients: {
        a: { values: plus(dC, activationBackward('relu', a.values, a.values)), terms: 1 },
        b: { values: plus(dC, activationBackward('silu', b.values, b.values)), terms: 1, factor: EXP },
      },
    },
  ];
}

function attentions(): OperationCase[] {
  const shapes = [
    { batch: 1, tokens: 1, heads: 1, kvHeads: 1, headDim: 5, causal: true, rate: 0 },
    { batch: 2, tokens: 7, heads: 3, kvHeads: 3, headDim: 5, causal: true, rate: 0 },
    { batch: 2, tokens: 33, heads: 4, kvHeads: 2, headDim: 16, causal: false, rate: 0 },
    { batch: 3, tokens: 13, heads: 2, kvHeads: 2, headDim: 5, causal: true, rate: 0.25 },
  ];
  return shapes.map(({ batch, tokens, heads, kvHeads, headDim, causal, rate }) => {
    const qkv = matrix('qkv', batch * tokens, (heads + 2 * kvHeads) * headDim);
    const dOut = randomValues('dOut', batch * tokens * heads * headDim);
    const twin: AttentionInput = {
      qkv: qkv.values,
      batch,
      tokens,
      queryHeads: heads,
      keyValueHeads: kvHeads,
      headSize: headDim,
      causal,
      ...(rate > 0 ? { dropoutMask: dropoutMask(STEP.seed, 5, STEP.step, batch * heads * tokens ** 2, rate) } : {}),
    };
    const { out, logSumExp } = attention(twin);
    const terms = tokens + headDim;
    return {
      name: `B${batch} T${tokens} H${heads}/${kvHeads} D${headDim}${causal ? ' causal' : ''}${rate > 0 ? ' dropout' : ''}`,
      run: {
        parameters: { qkv },
        build: ({ trace, leaf }) => {
          const attributes = { batch, tokens, heads, kvHeads, headDim, causal, dropout: rate, dropoutTag: 5 };
          return { ...trace.apply('attention', { qkv: leaf('qkv') }, attributes, ['out', 'lse']) };
        },
        seeds: { out: dOut },
        step: STEP,
      },
      outputs: { out: { values: out, terms, factor: EXP }, lse: { values: logSumExp, terms } },
      gradients: {
        qkv: { values: attentionBackward(twin, dOut), terms: terms * (heads / kvHeads), factor: EXP, absolute: 1e-6 },
      },
    };
  });
}

function losses(size: Size): OperationCase {
  const { rows, columns } = size;
  const logits = matrix('logits', rows, columns);
  const targets = Int32Array.from({ length: rows }, (_, n) => (n % 4 === 1 ? -100 : (n * 3) % columns));
  const count = targets.filter((target) => target >= 0).length;
  const twin = { logits: logits.values, targets, vocabulary: columns, count };
  const { loss, losses: rowLoss } = crossEntropy(twin);
  return {
    name: label(size),
    run: {
      parameters: { logits },
      named: {
        targets: { type: 'i32', values: targets },
        metrics: { type: 'f32', values: new Float32Array(4) },
      },
      build: ({ trace, leaf, named }) => {
        const inputs = { logits: leaf('logits'), targets: named('targets'), loss: named('metrics') };
        return { rowLoss: trace.apply('crossEntropy', inputs, { gradient: true }, ['rowLoss']).rowLoss };
      },
      seeds: {},
      step: { ...STEP, inverseTokens: 1 / count },
    },
    outputs: { rowLoss: { values: rowLoss, terms: columns, absolute: 1e-6 } },
    gradients: { logits: { values: crossEntropyBackward(twin), terms: columns, factor: EXP } },
    named: { metrics: { values: Float64Array.of(loss), terms: rows + columns, absolute: 1e-6 } },
  };
}

function dropouts(size: Size): OperationCase[] {
  const { rows, columns } = size;
  const x = matrix('x', rows, columns);
  const r = matrix('r', rows, columns);
  const dY = randomValues('dY', rows * columns);
  const mask = dropoutMask(STEP.seed, 9, STEP.step, rows * columns, 0.3);
  const attributes = { probability: 0.3, tag: 9, tokensPerSequence: rows };
  return [
    {
      name: `${label(size)} with residual`,
      run: {
        parameters: { x, r },
        build: ({ trace, leaf }) => ({
          y: trace.apply('dropout', { x: leaf('x'), residual: leaf('r') }, attributes, ['y']).y,
        }),
        seeds: { y: dY },
        step: STEP,
      },
      outputs: { y: { values: plus(dropout(x.values, mask), r.values), terms: 1 } },
      gradients: { x: { values: dropoutBackward(dY, mask), terms: 1 }, r: { values: dY, terms: 1 } },
    },
    {
      name: `${label(size)} onto itself`,
      run: {
        parameters: { x },
        build: ({ trace, leaf }) => {
          const input = leaf('x');
          return { y: trace.apply('dropout', { x: input, residual: input }, attributes, ['y']).y };
        },
        seeds: { y: dY },
        step: STEP,
      },
      outputs: { y: { values: plus(dropout(x.values, mask), x.values), terms: 1 } },
      gradients: { x: { values: plus(dropoutBackward(dY, mask), dY), terms: 1 } },
    },
  ];
}

const TOKENS = 3;

function tokensOf(rows: number, vocabulary: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: rows }, (_, n) => (n * n + 1) % vocabulary);
}

function embeddings({ rows, columns }: Size): OperationCase {
  const sequence = rows % TOKENS === 0 ? TOKENS : 1;
  const vocabulary = 11;
  const tokens = tokensOf(rows, vocabulary);
  const { order, starts } = buildTokenIndex(tokens, vocabulary);
  const table = matrix('table', vocabulary, columns);
  const positions = matrix('positions', sequence + 1, columns);
  const dX = randomValues('dX', rows * columns);
  const twin = {
    tokens: Int32Array.from(tokens),
    tokenTable: table.values,
    position: { table: positions.values, indices: sequencePositions(rows / sequence, sequence) },
    channels: columns,
  };
  const { dTokenTable, dPositionTable } = embeddingBackward(twin, dX);
  return {
    name: `${rows}x${columns}`,
    run: {
      parameters: { table, positions },
      named: {
        tokens: { type: 'u32', values: tokens },
        order: { type: 'u32', values: order },
        starts: { type: 'u32', values: starts },
      },
      build: ({ trace, parameter, named }) => {
        const inputs = {
          tokens: named('tokens'),
          table: parameter('table'),
          positions: parameter('positions'),
          order: named('order'),
          starts: named('starts'),
        };
        return { x: trace.apply('embedding', inputs, { tokensPerSequence: sequence }, ['x']).x };
      },
      seeds: { x: dX },
    },
    outputs: { x: { values: embedding(twin), terms: 1 } },
    gradients: {
      table: { values: dTokenTable, terms: rows },
      positions: { values: dPositionTable ?? new Float64Array(0), terms: rows },
    },
  };
}

function gathers({ rows, columns }: Size): OperationCase {
  const x = matrix('x', rows, columns);
  return {
    name: `${rows}x${columns}`,
    run: {
      parameters: { x },
      build: ({ trace, leaf }) => ({ y: trace.apply('gatherRow', { x: leaf('x') }, {}, ['y']).y }),
      seeds: {},
      step: { ...STEP, position: rows - 1 },
    },
    outputs: { y: { values: x.values.slice((rows - 1) * columns), terms: 1 } },
    gradients: { x: { values: new Float64Array(rows * columns), terms: 1 } },
  };
}

function norms(size: Size, kind: 'layerNorm' | 'rmsNorm'): OperationCase {
  const { rows, columns } = size;
  const x = matrix('x', rows, columns);
  const weight = matrix('weight', columns);
  const bias = matrix('bias', columns);
  const dY = randomValues('dY', rows * columns);
  const twin = { x: x.values, weight: weight.values, bias: bias.values, rows, channels: columns, epsilon: EPSILON };
  const expected = (values: Float64Array, terms: number): Expected => ({ values, terms, factor: 4, absolute: 1e-6 });
  if (kind === 'rmsNorm') {
    const { dX, dWeight } = rmsNormBackward(twin, dY);
    return {
      name: label(size),
      run: {
        parameters: { x, weight },
        build: ({ trace, leaf, parameter }) => ({
          y: trace.apply('rmsNorm', { x: leaf('x'), weight: parameter('weight') }, { epsilon: EPSILON }, ['y']).y,
        }),
        seeds: { y: dY },
      },
      outputs: { y: expected(rmsNorm(twin).out, columns) },
      gradients: { x: expected(dX, columns), weight: expected(dWeight, rows) },
    };
  }
  const { dX, dWeight, dBias } = layerNormBackward(twin, dY);
  return {
    name: label(size),
    run: {
      parameters: { x, weight, bias },
      build: ({ trace, leaf, parameter }) => {
        const inputs = { x: leaf('x'), weight: parameter('weight'), bias: parameter('bias') };
        return { y: trace.apply('layerNorm', inputs, { epsilon: EPSILON }, ['y']).y };
      },
      seeds: { y: dY },
    },
    outputs: { y: expected(layerNorm(twin).out, columns) },
    gradients: { x: expected(dX, columns), weight: expected(dWeight, rows), bias: expected(dBias, rows) },
  };
}

const PLAIN = { activation: null, xActivation: null } as const;

function linears({ rows, columns }: Size): OperationCase[] {
  const out = columns === 64 ? 96 : columns + 2;
  const x = matrix('x', rows, columns);
  const bias = matrix('bias', out);
  const r = matrix('r', rows, out);
  const dY = randomValues('dY', rows * out);
  const cases: OperationCase[] = [];
  for (const layout of ['conv1d', 'linear'] as const) {
    const weight = layout === 'conv1d' ? matrix('weight', columns, out) : matrix('weight', out, columns);
    const shape: LinearShape = {
      rows,
      inFeatures: columns,
      outFeatures: out,
      layout: layout === 'conv1d' ? 'inOut' : 'outIn',
    };
    const pre = linear(shape, x.values, weight.values, bias.values);
    const dPre = activationBackward('gelu_new', pre, dY);
    const inputsOf = (leaf: (name: string) => Tensor, parameter: (name: string) => Tensor) => ({
      x: leaf('x'),
      weight: parameter('weight'),
      bias: parameter('bias'),
      residual: undefined,
      xPre: undefined,
    });
    const gradientsOf = (d: Float64Array): Record<string, Expected> => ({
      x: { values: linearDInput(shape, d, weight.values), terms: out },
      weight: { values: linearDWeight(shape, d, x.values), terms: rows },
      bias: { values: linearDBias(shape, d), terms: rows },
    });
    cases.push({
      name: `${layout} ${rows}x${columns}x${out} activated`,
      run: {
        parameters: { x, weight, bias },
        build: ({ trace, leaf, parameter }) => ({
          y: trace.apply('linear', inputsOf(leaf, parameter), { layout, activation: 'gelu_new', xActivation: null }, [
            'y',
          ]).y,
        }),
        seeds: { y: dY },
      },
      outputs: { y: { values: activation('gelu_new', pre), terms: columns, factor: EXP } },
      gradients: gradientsOf(dPre),
    });
    // One size for the second form: a software adapter takes seconds to compile a tiled product.
    if (rows === SIZES[1].rows)
      cases.push({
        name: `${layout} ${rows}x${columns}x${out} with residual`,
        run: {
          parameters: { x, weight, bias, r },
          build: ({ trace, leaf, parameter }) => ({
            y: trace.apply('linear', { ...inputsOf(leaf, parameter), residual: leaf('r') }, { layout, ...PLAIN }, ['y'])
              .y,
          }),
          seeds: { y: dY },
        },
        outputs: { y: { values: plus(pre, r.values), terms: columns } },
        gradients: { ...gradientsOf(dY), r: { values: dY, terms: 1 } },
      });
  }
  return cases;
}

function ropes(): OperationCase[] {
  const shapes = [
    { batch: 1, tokens: 1, heads: 1, headDim: 2, width: 2, firstPosition: 0 },
    { batch: 2, tokens: 7, heads: 3, headDim: 10, width: 47, firstPosition: 5 },
    { batch: 2, tokens: 33, heads: 4, headDim: 16, width: 96, firstPosition: 0 },
  ];
  return shapes.map(({ batch, tokens, heads, headDim, width, firstPosition }) => {
    const rows = batch * tokens;
    const x = matrix('x', rows, width);
    const dY = randomValues('dY', rows * width);
    const positions = Int32Array.from({ length: rows }, (_, n) => firstPosition + (n % tokens));
    const twin = { x: x.values, positions, rowWidth: width, heads, headSize: headDim, theta: 10_000 };
    // The angle is a float32 product: off by half a unit in the last place of the position.
    const absolute = 5 * (firstPosition + tokens) * 2 ** -23;
    return {
      name: `${rows}x${width} H${heads} D${headDim}`,
      run: {
        parameters: { x },
        named: { frequencies: { type: 'f32', values: ropeFrequencies(10_000, headDim) } },
        build: ({ trace, leaf, named }) => {
          const inputs = { x: leaf('x'), frequencies: named('frequencies') };
          return { y: trace.apply('rope', inputs, { tokens, firstPosition, heads, headDim }, ['y']).y };
        },
        seeds: { y: dY },
      },
      outputs: { y: { values: rope(twin), terms: 2, absolute } },
      gradients: { x: { values: ropeBackward(twin, dY), terms: 2, absolute } },
    };
  });
}

function softmaxes(size: Size): OperationCase {
  const { rows, columns } = size;
  const x = matrix('x', rows, columns);
  const dY = randomValues('dY', rows * columns);
  const y = softmax(x.values, rows, columns);
  return {
    name: label(size),
    run: {
      parameters: { x },
      build: ({ trace, leaf }) => ({ y: trace.apply('softmax', { x: leaf('x') }, {}, ['y']).y }),
      seeds: { y: dY },
    },
    outputs: { y: { values: y, terms: columns, factor: EXP } },
    gradients: { x: { values: softmaxBackward(y, dY, rows, columns), terms: columns, factor: EXP, absolute: 1e-6 } },
  };
}

function gates(size: Size): OperationCase[] {
  const { rows, columns } = size;
  const gate = matrix('gate', rows, columns);
  const up = matrix('up', rows, columns);
  const dY = randomValues('dY', rows * columns);
  const { dGate, dUp } = swigluBackward(gate.values, up.values, dY);
  const self = swigluBackward(gate.values, gate.values, dY);
  return [
    {
      name: label(size),
      run: {
        parameters: { gate, up },
        build: ({ trace, leaf }) => ({
          y: trace.apply('swiglu', { gate: leaf('gate'), up: leaf('up') }, {}, ['y']).y,
        }),
        seeds: { y: dY },
      },
      outputs: { y: { values: swiglu(gate.values, up.values), terms: 1, factor: EXP } },
      gradients: { gate: { values: dGate, terms: 1, factor: EXP }, up: { values: dUp, terms: 1, factor: EXP } },
    },
    {
      name: `${label(size)} of itself`,
      run: {
        parameters: { gate },
        build: ({ trace, leaf }) => {
          const x = leaf('gate');
          return { y: trace.apply('swiglu', { gate: x, up: x }, {}, ['y']).y };
        },
        seeds: { y: dY },
      },
      outputs: { y: { values: swiglu(gate.values, gate.values), terms: 1, factor: EXP } },
      gradients: { gate: { values: plus(self.dGate, self.dUp), terms: 2, factor: EXP } },
    },
  ];
}

/** Exchanges between ranks are tested on meshes. */
export const operationCases: { readonly [K in Exclude<OperationName, ExchangeName>]: readonly OperationCase[] } = {
  activation: SIZES.flatMap(pointwise),
  add: SIZES.flatMap(sums),
  attention: attentions(),
  crossEntropy: SIZES.map(losses),
  dropout: SIZES.flatMap(dropouts),
  embedding: SIZES.map(embeddings),
  gatherRow: SIZES.map(gathers),
  layerNorm: SIZES.map((size) => norms(size, 'layerNorm')),
  linear: SIZES.flatMap(linears),
  rmsNorm: SIZES.map((size) => norms(size, 'rmsNorm')),
  rope: ropes(),
  softmax: SIZES.map(softmaxes),
  swiglu: SIZES.flatMap(gates),
};
