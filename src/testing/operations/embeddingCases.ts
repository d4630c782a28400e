// Cases of the embedding, whole and from a shard of its table, of positions for a run of rows, and of the look-up of one row. Test-only.

import { partition } from '../../core/partition';
import { buildTokenIndex } from '../../gpu/plans/tokenIndex';
import { embedding, embeddingBackward, sequencePositions } from '../../reference/embedding';
import { positionsBackward, positions as positionsTwin } from '../../reference/positions';
import { vocabularyEmbedding, vocabularyEmbeddingBackward } from '../../reference/vocabularyEmbedding';
import { randomValues } from '../randomValues';
import { label, matrix, type OperationCase, type Size, STEP } from './operationCase';

const TOKENS = 3;

function tokensOf(rows: number, vocabulary: number): Uint32Array<ArrayBuffer> {
  return Uint32Array.from({ length: rows }, (_, n) => (n * n + 1) % vocabulary);
}

export function embeddingCases({ rows, columns }: Size): OperationCase {
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

export function gatherRowCases({ rows, columns }: Size): OperationCase {
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

export function vocabularyEmbeddingCases({ rows, columns }: Size): OperationCase[] {
  const vocabulary = 11;
  const tokens = tokensOf(rows, vocabulary);
  const dX = randomValues('dX', rows * columns);
  return partition(vocabulary, 3).map((shard) => {
    const { order, starts } = buildTokenIndex(tokens, vocabulary, undefined, shard);
    const table = matrix('table', shard.length, columns);
    const firstToken = shard.start;
    const twin = { tokens: Int32Array.from(tokens), table: table.values, firstToken, channels: columns };
    return {
      name: `${rows}x${columns} from ${firstToken}`,
      run: {
        parameters: { table },
        named: {
          tokens: { type: 'u32', values: tokens },
          order: { type: 'u32', values: order },
          starts: { type: 'u32', values: starts },
        },
        build: ({ trace, parameter, named }) => {
          const inputs = { tokens: named('tokens'), order: named('order'), starts: named('starts') };
          return {
            x: trace.apply('vocabularyEmbedding', { ...inputs, table: parameter('table') }, { firstToken }, ['x']).x,
          };
        },
        seeds: { x: dX },
      },
      outputs: { x: { values: vocabularyEmbedding(twin), terms: 1 } },
      gradients: { table: { values: vocabularyEmbeddingBackward(twin, dX), terms: rows } },
    };
  });
}

export function positionsCases(size: Size): OperationCase[] {
  const { rows, columns } = size;
  const x = matrix('x', rows, columns);
  const dY = randomValues('dY', rows * columns);
  // Whole sequences, a run that begins within one, and one shorter than a sequence, which leaves positions without a row.
  const runs = [
    { tokensPerSequence: 1, firstRow: 0 },
    { tokensPerSequence: 5, firstRow: 13 },
    { tokensPerSequence: rows + 3, firstRow: rows + 1 },
  ];
  return runs.map((attributes) => {
    const { tokensPerSequence, firstRow } = attributes;
    const table = matrix('positions', tokensPerSequence + 1, columns);
    const twin = { x: x.values, table: table.values, ...attributes, channels: columns };
    return {
      name: `${label(size)} T${tokensPerSequence} from ${firstRow}`,
      run: {
        parameters: { x, table },
        build: ({ trace, leaf, parameter }) => ({
          y: trace.apply('positions', { x: leaf('x'), table: parameter('table') }, attributes, ['y']).y,
        }),
        seeds: { y: dY },
      },
      outputs: { y: { values: positionsTwin(twin), terms: 1 } },
      gradients: { x: { values: dY, terms: 1 }, table: { values: positionsBackward(twin, dY), terms: rows } },
    };
  });
}
