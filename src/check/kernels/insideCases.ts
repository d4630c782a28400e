// Checks of the kernels that look inside a model: the ranking of tokens, and statistics, histogram and picture of a tensor.

import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { COUNTS_LENGTH, HISTOGRAM_BINS, planTensorReport, STATISTICS_LENGTH } from '../../gpu/plans/tensorReport';
import { planTopTokens, rankingStride } from '../../gpu/plans/topTokens';
import { IGNORED_TARGET } from '../../reference/crossEntropy';
import { tensorReport } from '../../reference/tensorReport';
import { topTokens } from '../../reference/topTokens';
import type { KernelCase, KernelFamily } from '../kernelCase';
import { normals, planFamilies, unwritten, wide } from './caseData';

interface Ranking {
  readonly rows: number;
  readonly vocabulary: number;
  readonly top: number;
  readonly values?: 'ties' | 'large';
}

const RANKINGS: readonly Ranking[] = [
  { rows: 1, vocabulary: 1, top: 1 },
  { rows: 5, vocabulary: 7, top: 5 },
  { rows: 3, vocabulary: 257, top: 8 },
  { rows: 2, vocabulary: 1031, top: 3 },
  { rows: 2, vocabulary: 65, top: 4, values: 'ties' },
  { rows: 3, vocabulary: 65, top: 4, values: 'large' },
];

function rankingCase({ rows, vocabulary, top, values }: Ranking, family: PlanFamily): KernelCase {
  const logits = normals('logits', rows * vocabulary, 3);
  if (values === 'ties') for (let i = 0; i < logits.length; i++) logits[i] = i % 3;
  if (values === 'large') for (let i = 0; i < logits.length; i++) logits[i] *= 3000;
  const targets = Int32Array.from({ length: rows }, (_, row) =>
    row % 4 === 3 ? IGNORED_TARGET : (row * 7919 + 1) % vocabulary,
  );
  const [dispatch] = planTopTokens({ rows, vocabulary, top }, family);
  const ranking = unwritten(rows * rankingStride(top));
  return {
    name: `top_tokens ${family} ${rows}x${vocabulary} top ${top}${values ? ` ${values}` : ''}`,
    run: { ...dispatch, buffers: { logits, targets, ranking } },
    // Beside tokens of up to V stand log-probabilities, whose own scale is that of the logits: log and exp are a few units in the last place off.
    expected: {
      ranking: { values: topTokens({ logits: wide(logits), targets, vocabulary, top }), terms: 1, factor: 2 },
    },
  };
}

interface Report {
  readonly rows: number;
  readonly columns: number;
  readonly first?: number;
  readonly values?: 'same' | 'zeros' | 'large' | 'broken';
}

const REPORTS: readonly Report[] = [
  { rows: 1, columns: 1, values: 'same' },
  { rows: 5, columns: 7, first: 3 },
  { rows: 1, columns: 257 },
  { rows: 131, columns: 129, first: 32 },
  { rows: 7, columns: 9, values: 'zeros' },
  { rows: 3, columns: 33, values: 'large' },
  { rows: 9, columns: 40, values: 'broken' },
];

/** In the middle of the bins but for both ends of the range, so that no rounding moves a value to the next bin. */
function reportValues({ rows, columns, values }: Report): Float32Array {
  const out = normals('report', rows * columns, 1);
  for (const [i, x] of out.entries()) out[i] = Math.max(-3.9375, Math.min(3.9375, Math.floor(8 * x) / 8 + 0.0625));
  if (out.length > 1) out.set([-4, 4]);
  if (values === 'same') out.fill(2.5);
  if (values === 'zeros') for (let i = 2; i < out.length; i += 2) out[i] = i % 4 === 0 ? 0 : -0;
  if (values === 'large') for (let i = 0; i < out.length; i++) out[i] *= 2 ** 121;
  if (values === 'broken') {
    out[17] = Number.NaN;
    out[300] = Number.NEGATIVE_INFINITY;
  }
  return out;
}

const PART_WORDS = 8;

/** The parts of a tensor, the elements dealt out to them a team of lanes at a time. */
function partsOf(values: Float32Array, partials: number, lanes: number): Float32Array {
  const parts = new Float32Array(PART_WORDS * partials);
  const words = new Uint32Array(parts.buffer);
  for (let part = 0; part < partials; part++) {
    const own = wide(values.filter((_, i) => Math.floor(i / lanes) % partials === part));
    const finite = own.filter(Number.isFinite);
    const squares = (large: boolean): number =>
      finite.reduce((sum, x) => sum + (Math.abs(x) >= 2 ** 40 === large ? (large ? x * 2 ** -80 : x) ** 2 : 0), 0);
    const sum = finite.reduce((all, x) => all + x, 0);
    parts.set([Math.min(...finite), Math.max(...finite), sum, squares(false), squares(true)], PART_WORDS * part);
    const zeros = finite.filter((x) => x === 0).length;
    words.set([zeros, own.length - finite.length, finite.length], PART_WORDS * part + 5);
  }
  return parts;
}

function* reportCases(trial: Report, family: PlanFamily): Iterable<KernelCase> {
  const { rows, columns, first = 0 } = trial;
  const values = reportValues(trial);
  const watched = new Float32Array(first + values.length).fill(99);
  watched.set(values, first);
  const plan = planTensorReport({ rows, columns, first }, family);
  const { height, width } = plan;
  const twin = tensorReport({ values: wide(values), rows, columns, bins: HISTOGRAM_BINS, height, width });
  const [statistics, finish, histogram, map] = plan.dispatches;
  const label = `${family} ${rows}x${columns}${first > 0 ? ` from ${first}` : ''}${trial.values ? ` ${trial.values}` : ''}`;
  const counted = Uint32Array.from(twin.counts.subarray(0, 2));
  const parts = partsOf(values, plan.partial / PART_WORDS, family === 'blocked' ? 1 : 256);
  yield {
    name: `tensor_statistics ${label}`,
    run: { ...statistics, buffers: { watched, partial: unwritten(plan.partial) } },
    // As floats: counts are far below any tolerance, and judged by what the finish makes of them.
    expected: { partial: { values: wide(parts), terms: values.length } },
  };
  yield {
    name: `tensor_statistics_finish ${label}`,
    run: {
      ...finish,
      buffers: {
        partial: parts,
        statistics: unwritten(STATISTICS_LENGTH),
        counts: new Uint32Array(COUNTS_LENGTH).fill(9),
      },
    },
    expected: {
      statistics: { values: twin.statistics, terms: values.length },
      counts: { values: Uint32Array.from({ length: COUNTS_LENGTH }, (_, i) => (i < 2 ? counted[i] : 0)), terms: 1 },
    },
  };
  const counts = new Uint32Array(COUNTS_LENGTH);
  counts.set(counted);
  yield {
    name: `tensor_histogram ${label}`,
    run: { ...histogram, buffers: { watched, statistics: Float32Array.from(twin.statistics), counts } },
    expected: { counts: { values: twin.counts, terms: 1 } },
  };
  yield {
    name: `tensor_map ${label}`,
    run: { ...map, buffers: { watched, map: unwritten(2 * height * width) } },
    expected: { map: { values: twin.map, terms: Math.ceil(values.length / (height * width)) } },
  };
}

export const insideFamily: KernelFamily = {
  family: 'looking inside',
  *cases() {
    for (const family of planFamilies) {
      for (const ranking of RANKINGS) yield rankingCase(ranking, family);
      for (const report of REPORTS) yield* reportCases(report, family);
    }
  },
};
