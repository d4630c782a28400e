// Checks of the embedding, its gradients and the plain column sum against src/reference.

import { planColumnSum } from '../../gpu/plans/columnSum';
import {
  planEmbeddingBackwardPosition,
  planEmbeddingBackwardToken,
  planEmbeddingForward,
} from '../../gpu/plans/embedding';
import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { buildTokenIndex } from '../../gpu/plans/tokenIndex';
import { embedding, embeddingBackward, sequencePositions } from '../../reference/embedding';
import type { KernelCase, KernelFamily } from '../kernelCase';
import { columnSums, normals, planFamilies, plus, unwritten, wide } from './caseData';

interface Trial {
  readonly batch: number;
  readonly tokens: number;
  readonly columns: number;
  readonly vocabulary: number;
}

const TRIALS: readonly Trial[] = [
  { batch: 1, tokens: 1, columns: 1, vocabulary: 1 },
  { batch: 2, tokens: 7, columns: 4, vocabulary: 5 },
  { batch: 5, tokens: 13, columns: 31, vocabulary: 11 },
  { batch: 8, tokens: 64, columns: 64, vocabulary: 65 },
  { batch: 3, tokens: 67, columns: 36, vocabulary: 40 },
  // Most tokens do not occur: a workgroup takes several.
  { batch: 1, tokens: 33, columns: 4, vocabulary: 8_209 },
];

/** Every third token is 0, as spaces are in text; the rest spread over the vocabulary, its end among them. */
function tokensOf({ batch, tokens, vocabulary }: Trial): Uint32Array {
  return Uint32Array.from({ length: batch * tokens }, (_, row) =>
    row % 3 === 0 ? 0 : vocabulary - 1 - ((row * 31) % vocabulary),
  );
}

function* embeddingCases(trial: Trial, family: PlanFamily): Iterable<KernelCase> {
  const { batch, tokens, columns, vocabulary } = trial;
  const rows = batch * tokens;
  const ids = tokensOf(trial);
  const wte = normals('wte', vocabulary * columns);
  const wpe = normals('wpe', (tokens + 2) * columns);
  const label = `${family} B${batch} T${tokens} C${columns} V${vocabulary}`;
  const twin = { tokens: Int32Array.from(ids), tokenTable: wide(wte), channels: columns };
  const placed = { ...twin, position: { table: wide(wpe), indices: sequencePositions(batch, tokens) } };
  for (const positions of [false, true]) {
    const [dispatch] = planEmbeddingForward({ ...trial, positions }, family);
    yield {
      name: `embedding forward ${label}${positions ? ' positions' : ''}`,
      run: { ...dispatch, buffers: { tokens: ids, wte, ...(positions ? { wpe } : {}), x: unwritten(rows * columns) } },
      expected: { x: { values: embedding(positions ? placed : twin), terms: 1 } },
    };
  }
  const dX = normals('d_x', rows * columns);
  const { dTokenTable, dPositionTable } = embeddingBackward(placed, wide(dX));
  const tokenBefore = normals('d_wte', wte.length);
  const { order, starts } = buildTokenIndex(ids, vocabulary);
  const [token] = planEmbeddingBackwardToken({ ...trial, positions: true }, family);
  yield {
    name: `embedding backward token ${label}`,
    run: { ...token, buffers: { order, starts, d_x: dX, d_wte: tokenBefore } },
    expected: { d_wte: { values: plus(dTokenTable, tokenBefore), terms: rows } },
  };
  const positionBefore = normals('d_wpe', wpe.length);
  const [position] = planEmbeddingBackwardPosition({ ...trial, rows, firstRow: 0 }, family);
  yield {
    name: `embedding backward position ${label}`,
    run: { ...position, buffers: { d_x: dX, d_wpe: positionBefore } },
    expected: { d_wpe: { values: plus(dPositionTable ?? new Float64Array(wpe.length), positionBefore), terms: batch } },
  };
}

function* columnSumCases(family: PlanFamily): Iterable<KernelCase> {
  for (const [rows, columns] of [
    [1, 1],
    [65, 64],
    [1031, 33],
    [2049, 20],
  ] as const) {
    const dY = normals('d_y', rows * columns);
    const { dispatches, partials } = planColumnSum({ rows, columns }, family);
    const before = normals('d_bias', columns);
    const label = `column_sum ${family} ${rows}x${columns}`;
    const first = dispatches[0];
    if (partials === 0) {
      yield {
        name: label,
        run: { ...first, buffers: { d_y: dY, d_bias: before } },
        expected: { d_bias: { values: plus(columnSums(wide(dY), rows, columns), before), terms: rows } },
      };
      continue;
    }
    const parts = new Float64Array(partials * columns);
    for (let p = 0; p < partials; p++) {
      const from = p * first.params.rows_per_group;
      const to = Math.min(rows, from + first.params.rows_per_group);
      parts.set(columnSums(wide(dY.subarray(from * columns, to * columns)), to - from, columns), p * columns);
    }
    yield {
      name: `${label} parts`,
      run: { ...first, buffers: { d_y: dY, d_bias: unwritten(parts.length) } },
      expected: { d_bias: { values: parts, terms: rows } },
    };
    yield {
      name: `${label} finish`,
      run: { ...dispatches[1], buffers: { d_y: Float32Array.from(parts), d_bias: before } },
      expected: { d_bias: { values: plus(columnSums(parts, partials, columns), before), terms: partials } },
    };
  }
}

export const embeddingFamily: KernelFamily = {
  family: 'embedding and column sums',
  *cases() {
    for (const family of planFamilies) {
      for (const trial of TRIALS) yield* embeddingCases(trial, family);
      yield* columnSumCases(family);
    }
  },
};
