// Checks of products with quantised weights: both widths, every group, ragged rows and columns, the epilogues, activations in 8 bits.

import { quantizeMatrix } from '../../core/quantization/quantizeMatrix';
import { bitsOf, groupLength, groupSizes, type QuantizationScheme } from '../../core/quantization/scheme';
import { type MatmulProblem, plainMatmul } from '../../gpu/matmul/plan';
import { DOT_FEATURE, planQuantizedMatmul } from '../../gpu/matmul/quantizedPlan';
import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { activation } from '../../reference/activation';
import { type QuantizedWeights, quantizedMatmul, roundedRows } from '../../reference/quantizedMatmul';
import type { FamilyCase, KernelFamily } from '../kernelCase';
import { normals, planFamilies, unwritten, wide } from './caseData';

const int8: QuantizationScheme = { name: 'int8' };
const int4 = (group: number): QuantizationScheme => ({ name: 'int4', group });

interface Trial {
  readonly problem: MatmulProblem;
  readonly scheme: QuantizationScheme;
  readonly dot?: boolean;
}

const gelu: Partial<MatmulProblem> = { bias: true, act: 1, aux: 1 };
const residual: Partial<MatmulProblem> = { bias: true, residual: true };

/** m, n, k: one row and several blocks of them, one column and odd ones, rows of a vector, of less, of many and a bit. */
const TRIALS: readonly Trial[] = [
  { problem: plainMatmul(1, 1, 1), scheme: int8 },
  { problem: plainMatmul(1, 67, 48), scheme: int8 },
  { problem: { ...plainMatmul(3, 36, 261), ...gelu }, scheme: int8 },
  { problem: { ...plainMatmul(19, 33, 64), ...residual }, scheme: int8 },
  { problem: plainMatmul(1, 1, 5), scheme: int4(32) },
  { problem: { ...plainMatmul(1, 68, 515), ...residual }, scheme: int4(32) },
  { problem: { ...plainMatmul(9, 20, 100), ...gelu }, scheme: int4(32) },
  ...groupSizes.slice(1).map((group) => ({ problem: plainMatmul(2, 35, 300), scheme: int4(group) })),
  { problem: plainMatmul(1, 66, 80), scheme: int8, dot: true },
  { problem: { ...plainMatmul(11, 20, 37), ...gelu }, scheme: int8, dot: true },
];

function labelOf({ problem, scheme, dot }: Trial, family: PlanFamily): string {
  const { m, n, k } = problem;
  const words = [
    family,
    scheme.name,
    scheme.name === 'int4' ? `g${scheme.group}` : '',
    dot ? 'dot' : '',
    `${m}x${n}x${k}`,
  ];
  if (problem.act > 0) words.push('bias gelu_new');
  if (problem.residual) words.push('bias residual');
  return words.filter((word) => word !== '').join(' ');
}

function* trialCases(trial: Trial, family: PlanFamily): Iterable<FamilyCase> {
  const { problem, scheme, dot = false } = trial;
  const { m, n, k } = problem;
  const label = labelOf(trial, family);
  const a = normals('a', m * k);
  // One channel far larger than the others, and one of zeros: each has a scale of its own.
  const values = normals('w', n * k, 0.05).map((x, i) =>
    Math.floor(i / k) === 1 ? 100 * x : Math.floor(i / k) === 2 ? 0 : x,
  );
  const { layout, words, scales } = quantizeMatrix(
    { name: 'w', values, outputs: n, inputs: k, transposed: false },
    scheme,
  );
  const weights: QuantizedWeights = {
    outputs: n,
    inputs: k,
    bits: bitsOf(scheme),
    group: groupLength(layout),
    words: 4 * layout.vectors,
    codes: words,
    scales,
  };
  const bias = normals('bias', n);
  const added = normals('residual', m * n);
  const { dispatches } = planQuantizedMatmul(problem, layout, family, dot);
  const product = dispatches[dispatches.length - 1];
  const buffers: Record<string, Float32Array | Uint32Array> = {
    a,
    b: words,
    scales,
    c: unwritten(m * n),
    bias,
    aux: unwritten(m * n),
    residual: added,
  };
  let input = wide(a);
  if (dot) {
    const rounded = roundedRows(input, k);
    const rowWords = 4 * layout.vectors;
    const codes = new Uint32Array(m * rowWords);
    rounded.codes.forEach((code, i) => {
      const at = i % k;
      codes[Math.floor(i / k) * rowWords + (at >> 2)] |= (code & 0xff) << (8 * (at & 3));
    });
    const rowScales = Float32Array.from(rounded.scales);
    yield {
      name: `quantize_rows ${label}`,
      run: {
        ...dispatches[0],
        buffers: { x: a, codes: new Uint32Array(codes.length), row_scales: new Uint32Array(m) },
      },
      expected: {
        // A value that stands between two codes may be rounded either way in f32; none of these does.
        codes: { values: codes, terms: 1 },
        row_scales: { values: new Uint32Array(rowScales.buffer), terms: 1 },
      },
    };
    input = Float64Array.from(rounded.codes, (code, i) => code * rowScales[Math.floor(i / k)]);
    Object.assign(buffers, { a: codes, a_scales: rowScales });
  }
  const sums = quantizedMatmul(input, weights).map((sum, i) => sum + (problem.bias ? bias[i % n] : 0));
  const activated = problem.act > 0 ? activation('gelu_new', sums) : sums;
  const out = problem.residual ? activated.map((value, i) => value + added[i]) : activated;
  const bound = Object.fromEntries(
    Object.entries(buffers).filter(
      ([name]) =>
        (name !== 'bias' || problem.bias) &&
        (name !== 'aux' || problem.aux > 0) &&
        (name !== 'residual' || problem.residual),
    ),
  );
  const needs = dot ? { needs: DOT_FEATURE } : {};
  yield {
    name: `matmul_quantized ${label}`,
    run: { ...product, buffers: bound },
    expected: {
      c: { values: out, terms: k + 2, factor: problem.act > 0 ? 4 : 1 },
      ...(problem.aux > 0 ? { aux: { values: sums, terms: k + 2 } } : {}),
    },
    ...needs,
  };
}

export const quantizedFamily: KernelFamily = {
  family: 'quantised',
  *cases() {
    for (const family of planFamilies) for (const trial of TRIALS) yield* trialCases(trial, family);
  },
};
