// Every registered operation through Trace and Program on this device, in both kernel families: outputs and all gradients against the float64
// twins; then graphs where gradients meet: a tensor with several consumers, residuals that share one gradient, a tied parameter.

import { describe, expect, test } from 'vitest';
import { judge, largestError, toleranceOf } from '../check/kernelCase';
import { LabError } from '../core/errors';
import { embedding, embeddingBackward } from '../reference/embedding';
import { layerNorm, layerNormBackward } from '../reference/layerNorm';
import { type LinearShape, linear, linearDInput, linearDWeight } from '../reference/linear';
import { fixedChoices } from '../testing/fixedChoices';
import { type Expected, matrix, type OperationCase, plus } from '../testing/operations/operationCase';
import { operationCases } from '../testing/operations/operationCases';
import { randomValues } from '../testing/randomValues';
import { runTrace } from '../testing/runTrace';
import { testDevice } from '../testing/testDevice';
import type { KernelFamilyName } from './kernelChoices';
import { exchangeNames, operations } from './ops/registry';
import { buildTokenIndex } from './plans/tokenIndex';

const lab = testDevice('adapter');

const families: readonly KernelFamilyName[] = ['blocked', 'tiled'];

async function misses(operationCase: OperationCase, family: KernelFamilyName): Promise<string[]> {
  const result = await runTrace(lab.gpu, lab.cache, fixedChoices(lab.gpu, family), operationCase.run);
  const list: string[] = [];
  const check = (what: string, actual: Float32Array | undefined, expected: Expected): void => {
    const error = actual ? largestError(actual, expected.values) : Number.POSITIVE_INFINITY;
    const tolerance = toleranceOf(expected);
    if (!(error <= tolerance)) list.push(`${operationCase.name} ${what}: ${error} > ${tolerance}`);
  };
  for (const [name, expected] of Object.entries(operationCase.outputs)) check(name, result.outputs.get(name), expected);
  for (const [name, expected] of Object.entries(operationCase.named ?? {}))
    check(name, result.named.get(name), expected);
  // Every parameter's gradient is judged: a case that forgets one fails here.
  expect(Object.keys(operationCase.gradients).sort()).toEqual([...result.gradients.keys()].sort());
  for (const [name, expected] of Object.entries(operationCase.gradients))
    check(`gradient of ${name}`, result.gradients.get(name), expected);
  return list;
}

/** Tiled kernels take a software adapter seconds each to compile: one or two cases here, all of their variants in `verify`. */
function ofFamily(cases: readonly OperationCase[], family: KernelFamilyName): readonly OperationCase[] {
  return family === 'tiled' ? cases.slice(0, 2) : cases;
}

test('every registered operation has cases', () => {
  expect([...Object.keys(operationCases), ...exchangeNames].sort()).toEqual(Object.keys(operations).sort());
  for (const cases of Object.values(operationCases)) expect(cases.length).toBeGreaterThan(0);
});

for (const family of families) {
  describe(family, () => {
    for (const [operation, cases] of Object.entries(operationCases)) {
      test(operation, async () => {
        const list: string[] = [];
        for (const operationCase of ofFamily(cases, family)) list.push(...(await misses(operationCase, family)));
        expect(list).toEqual([]);
      });
    }

    test('gradients of a tensor with many consumers add up', async () => {
      const [rows, columns] = [10, 12];
      const x = matrix('x', rows, columns);
      const first = matrix('first', columns, columns);
      const second = matrix('second', columns, columns);
      const weight = matrix('weight', columns);
      const bias = matrix('bias', columns);
      const dY = randomValues('dY', rows * columns);
      const shape: LinearShape = { rows, inFeatures: columns, outFeatures: columns, layout: 'inOut' };
      // y = (x first + x) second + x, and the norm of x beside it.
      const middle = plus(linear(shape, x.values, first.values), x.values);
      const dMiddle = linearDInput(shape, dY, second.values);
      const twin = {
        x: x.values,
        weight: weight.values,
        bias: bias.values,
        rows,
        channels: columns,
        epsilon: 1e-5,
      };
      const normed = layerNormBackward(twin, dY);
      const dX = plus(plus(plus(dY, dMiddle), linearDInput(shape, dMiddle, first.values)), normed.dX);
      const sum = { terms: 4 * columns, factor: 4 };
      expect(
        await misses(
          {
            name: 'many consumers',
            run: {
              parameters: { x, first, second, weight, bias },
              build: ({ trace, leaf, parameter }) => {
                const input = leaf('x');
                const plain = { bias: undefined, xPre: undefined };
                const attributes = { layout: 'conv1d', activation: null, xActivation: null } as const;
                const norm = trace.apply(
                  'layerNorm',
                  { x: input, weight: parameter('weight'), bias: parameter('bias') },
                  { epsilon: 1e-5 },
                  ['y'],
                ).y;
                const inner = trace.apply(
                  'linear',
                  { ...plain, x: input, weight: parameter('first'), residual: input },
                  attributes,
                ).y;
                const y = trace.apply(
                  'linear',
                  { ...plain, x: inner, weight: parameter('second'), residual: input },
                  attributes,
                  ['y'],
                ).y;
                return { norm, y };
              },
              seeds: { y: dY, norm: dY },
            },
            outputs: {
              y: { values: plus(linear(shape, middle, second.values), x.values), ...sum },
              norm: { values: layerNorm(twin).out, ...sum },
            },
            gradients: {
              x: { values: dX, ...sum },
              first: { values: linearDWeight(shape, dMiddle, x.values), ...sum },
              second: { values: linearDWeight(shape, dY, middle), ...sum },
              weight: { values: normed.dWeight, ...sum },
              bias: { values: normed.dBias, ...sum },
            },
          },
          family,
        ),
      ).toEqual([]);
    });

    test('a tied parameter gets the gradient of both uses', async () => {
      const [rows, columns, vocabulary] = [9, 8, 11];
      const table = matrix('table', vocabulary, columns);
      const tokens = Uint32Array.from({ length: rows }, (_, n) => (n * 5) % vocabulary);
      const { order, starts } = buildTokenIndex(tokens, vocabulary);
      const dY = randomValues('dY', rows * vocabulary);
      const twin = { tokens: Int32Array.from(tokens), tokenTable: table.values, channels: columns };
      const x = embedding(twin);
      const shape: LinearShape = { rows, inFeatures: columns, outFeatures: vocabulary, layout: 'outIn' };
      const { dTokenTable } = embeddingBackward(twin, linearDInput(shape, dY, table.values));
      const sum = { terms: rows * vocabulary };
      expect(
        await misses(
          {
            name: 'tied',
            run: {
              parameters: { table },
              named: {
                tokens: { type: 'u32', values: tokens },
                order: { type: 'u32', values: order },
                starts: { type: 'u32', values: starts },
              },
              build: ({ trace, parameter, named }) => {
                const inputs = { tokens: named('tokens'), order: named('order'), starts: named('starts') };
                const rowsOf = trace.apply(
                  'embedding',
                  { ...inputs, table: parameter('table'), positions: undefined },
                  { tokensPerSequence: 3 },
                ).x;
                const head = {
                  x: rowsOf,
                  weight: parameter('table'),
                  bias: undefined,
                  residual: undefined,
                  xPre: undefined,
                };
                return {
                  y: trace.apply('linear', head, { layout: 'linear', activation: null, xActivation: null }, ['y']).y,
                };
              },
              seeds: { y: dY },
            },
            outputs: { y: { values: linear(shape, x, table.values), ...sum } },
            gradients: { table: { values: plus(dTokenTable, linearDWeight(shape, dY, x)), ...sum } },
          },
          family,
        ),
      ).toEqual([]);
    });
  });
}

test('an operation without a backward refuses a gradient and says why', async () => {
  const [{ run }] = operationCases.gatherRow;
  const differentiated = { ...run, seeds: { y: Float64Array.of(1) } };
  const failure = await runTrace(lab.gpu, lab.cache, fixedChoices(lab.gpu, 'blocked'), differentiated).catch(
    (error) => error,
  );
  expect(failure).toBeInstanceOf(LabError);
  expect(String(failure)).toMatch(/gatherRow has no backward: generation/);
});

test('a gradient that is wrong by little is seen', () => {
  const expected = { values: Float64Array.of(1, 2), terms: 1 };
  expect(judge('x', { y: Float32Array.of(1, 2.00001) }, { y: expected })[0].ok).toBe(false);
  expect(judge('x', { y: Float32Array.of(1, Number.NaN) }, { y: expected })[0].ok).toBe(false);
});
