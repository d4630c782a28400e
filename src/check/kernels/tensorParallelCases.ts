// Checks of the kernels that a tensor-parallel rank runs between its exchanges against src/reference: look-up in a shard of the vocabulary,
// positions of a run of rows, bias and residual, cross-entropy over shards.

import { partition } from '../../core/partition';
import { planBiasResidual } from '../../gpu/plans/biasResidual';
import { planEmbeddingBackwardPosition, planEmbeddingBackwardToken } from '../../gpu/plans/embedding';
import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { planPositions } from '../../gpu/plans/positions';
import { buildTokenIndex } from '../../gpu/plans/tokenIndex';
import { planCrossEntropyMerge, planCrossEntropyStatistics } from '../../gpu/plans/vocabularyCrossEntropy';
import { planVocabularyEmbedding } from '../../gpu/plans/vocabularyEmbedding';
import { biasResidual } from '../../reference/biasResidual';
import { crossEntropy, crossEntropyBackward, IGNORED_TARGET } from '../../reference/crossEntropy';
import { crossEntropyStatistics } from '../../reference/crossEntropyStatistics';
import { positions, positionsBackward } from '../../reference/positions';
import { vocabularyEmbedding, vocabularyEmbeddingBackward } from '../../reference/vocabularyEmbedding';
import type { KernelCase, KernelFamily } from '../kernelCase';
import { defaultStep, normals, planFamilies, plus, stepBytes, unwritten, wide } from './caseData';

interface Size {
  readonly rows: number;
  readonly columns: number;
}

const SIZES: readonly Size[] = [
  { rows: 1, columns: 1 },
  { rows: 7, columns: 4 },
  { rows: 65, columns: 31 },
  { rows: 63, columns: 64 },
  { rows: 131, columns: 36 },
];

function* vocabularyCases({ rows, columns }: Size, family: PlanFamily): Iterable<KernelCase> {
  // One vocabulary so large that a workgroup of the gradient takes several tokens.
  for (const [vocabulary, parts] of columns === 4 ? [[16_421, 2]] : [[Math.min(rows, 11), Math.min(rows, 3)]]) {
    // Every third token is 0, as spaces are in text; the ends of the vocabulary are among the rest.
    const tokens = Uint32Array.from({ length: rows }, (_, row) =>
      row % 3 === 0 ? 0 : vocabulary - 1 - ((row * 31) % vocabulary),
    );
    for (const shard of partition(vocabulary, parts)) {
      const firstToken = shard.start;
      const label = `${family} ${rows}x${columns} V${vocabulary} ${firstToken}+${shard.length}`;
      const table = normals('table', shard.length * columns);
      const twin = { tokens: Int32Array.from(tokens), table: wide(table), firstToken, channels: columns };
      const problem = { rows, columns, vocabulary: shard.length, firstToken };
      const [forward] = planVocabularyEmbedding(problem, family);
      yield {
        name: `vocabulary_embedding ${label}`,
        run: { ...forward, buffers: { tokens, table, x: unwritten(rows * columns) } },
        expected: { x: { values: vocabularyEmbedding(twin), terms: 1, factor: 0 } },
      };
      const dX = normals('d_x', rows * columns);
      const before = normals('d_wte', table.length);
      const { order, starts } = buildTokenIndex(tokens, vocabulary, undefined, shard);
      const whole = { batch: 1, tokens: rows, columns, vocabulary: shard.length, positions: false };
      const [backward] = planEmbeddingBackwardToken(whole, family);
      yield {
        name: `embedding backward token of a shard ${label}`,
        run: { ...backward, buffers: { order, starts, d_x: dX, d_wte: before } },
        expected: { d_wte: { values: plus(vocabularyEmbeddingBackward(twin, wide(dX)), before), terms: rows } },
      };
    }
  }
}

function* positionCases({ rows, columns }: Size, family: PlanFamily): Iterable<KernelCase> {
  // Whole sequences; a run that begins within one; one shorter than a sequence, which ends in the next; one row a sequence.
  for (const [tokens, firstRow] of [
    [rows, 0],
    [5, 13],
    [2 * rows + 3, 2 * rows + 1],
    [1, 9],
  ] as const) {
    const label = `${family} ${rows}x${columns} T${tokens} from ${firstRow}`;
    const [x, wpe] = [normals('x', rows * columns), normals('wpe', (tokens + 1) * columns)];
    const twin = { x: wide(x), table: wide(wpe), tokensPerSequence: tokens, firstRow, channels: columns };
    const [forward] = planPositions({ rows, columns, tokens, firstRow }, family);
    yield {
      name: `positions ${label}`,
      run: { ...forward, buffers: { x, wpe, y: unwritten(x.length) } },
      expected: { y: { values: positions(twin), terms: 1 } },
    };
    const before = normals('d_wpe', wpe.length);
    const [backward] = planEmbeddingBackwardPosition({ rows, columns, tokens, firstRow }, family);
    yield {
      name: `embedding backward position of a run ${label}`,
      run: { ...backward, buffers: { d_x: x, d_wpe: before } },
      expected: { d_wpe: { values: plus(positionsBackward(twin, twin.x), before), terms: Math.ceil(rows / tokens) } },
    };
  }
}

function* biasCases({ rows, columns }: Size, family: PlanFamily): Iterable<KernelCase> {
  const [x, bias, residual] = [
    normals('x', rows * columns),
    normals('bias', columns),
    normals('residual', rows * columns),
  ];
  for (const onto of [false, true]) {
    const [dispatch] = planBiasResidual({ rows, columns, residual: onto }, family);
    yield {
      name: `bias_residual ${family} ${rows}x${columns}${onto ? ' residual' : ''}`,
      run: { ...dispatch, buffers: { x, bias, ...(onto ? { residual } : {}), y: unwritten(x.length) } },
      expected: { y: { values: biasResidual(wide(x), wide(bias), onto ? wide(residual) : undefined), terms: 1 } },
    };
  }
}

interface LossTrial extends Size {
  readonly parts: number;
  readonly values?: 'large' | 'ties';
}

/** `columns` of the whole vocabulary: its shards are around the tiles, and uneven. */
const LOSS_TRIALS: readonly LossTrial[] = [
  { rows: 1, columns: 1, parts: 1 },
  { rows: 5, columns: 3, parts: 3 },
  { rows: 9, columns: 65, parts: 1 },
  { rows: 63, columns: 128, parts: 2 },
  { rows: 66, columns: 131, parts: 2 },
  { rows: 3, columns: 1_030, parts: 4 },
  { rows: 7, columns: 67, parts: 3, values: 'large' },
  { rows: 7, columns: 64, parts: 4, values: 'ties' },
];
/** GPT-2's vocabulary. */
const WIDE: LossTrial = { rows: 2, columns: 50_257, parts: 2 };

function logitsOf({ rows, columns, values }: LossTrial): Float32Array {
  const x = normals('logits', rows * columns, 2);
  if (values === 'ties') x.fill(1e4);
  if (values === 'large') for (let i = 0; i < x.length; i++) x[i] = i % 3 === 0 ? 1e4 : i % 3 === 1 ? -1e4 : x[i];
  return x;
}

function* lossCases(trial: LossTrial, family: PlanFamily): Iterable<KernelCase> {
  const { rows, columns, parts } = trial;
  const whole = logitsOf(trial);
  const targets = Int32Array.from({ length: rows }, (_, row) =>
    row % 5 === 3 ? IGNORED_TARGET : (row * 7919) % columns,
  );
  const shards = partition(columns, parts).map(({ start, length }) => {
    const logits = whole.filter((_, i) => i % columns >= start && i % columns < start + length);
    const twin = { logits: wide(logits), targets, vocabulary: length, firstToken: start };
    return { logits, start, length, statistics: crossEntropyStatistics(twin) };
  });
  // The undivided loss is the judge of the merge.
  const twin = { logits: wide(whole), targets, vocabulary: columns, count: 1 / defaultStep.inverseTokens };
  const { losses } = crossEntropy(twin);
  const dWhole = crossEntropyBackward(twin);
  const gathered = Float32Array.from(shards.flatMap(({ statistics }) => [...statistics]));
  for (const { logits, start, length, statistics } of shards) {
    const label = `${family} ${rows}x${columns} ${start}+${length}${trial.values ? ` ${trial.values}` : ''}`;
    const problem = { rows, columns: length, firstToken: start };
    const [first] = planCrossEntropyStatistics(problem, family);
    yield {
      name: `cross_entropy_statistics ${label}`,
      run: { ...first, buffers: { logits, targets, statistics: unwritten(3 * rows) } },
      expected: { statistics: { values: statistics, terms: length, factor: 2 } },
    };
    const dLogits = dWhole.filter((_, i) => i % columns >= start && i % columns < start + length);
    for (const gradient of [false, true]) {
      const [merge] = planCrossEntropyMerge({ ...problem, parts, gradient }, family);
      yield {
        name: `cross_entropy_merge ${label}${gradient ? ' gradient' : ''}`,
        run: {
          ...merge,
          step: stepBytes(),
          buffers: { targets, gathered, row_loss: unwritten(rows), ...(gradient ? { logits } : {}) },
        },
        expected: {
          row_loss: { values: losses, terms: columns, factor: 2, absolute: 1e-6 },
          ...(gradient ? { logits: { values: dLogits, terms: columns, factor: 2, absolute: 1e-8 } } : {}),
        },
      };
    }
  }
}

export const tensorParallelFamily: KernelFamily = {
  family: 'tensor-parallel parts',
  *cases() {
    for (const family of planFamilies) {
      for (const size of SIZES) {
        yield* vocabularyCases(size, family);
        yield* positionCases(size, family);
        yield* biasCases(size, family);
      }
      for (const trial of [...LOSS_TRIALS, WIDE]) yield* lossCases(trial, family);
    }
  },
};
