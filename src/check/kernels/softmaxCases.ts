// Checks of softmax, cross-entropy, the loss of distillation and the sum of losses against src/reference.

import { planCrossEntropy, planSumRows } from '../../gpu/plans/crossEntropy';
import { planDistillationLoss } from '../../gpu/plans/distillation';
import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { planSoftmaxBackward, planSoftmaxForward } from '../../gpu/plans/softmax';
import { crossEntropy, crossEntropyBackward, IGNORED_TARGET } from '../../reference/crossEntropy';
import { distillation, distillationBackward } from '../../reference/distillation';
import { softmax, softmaxBackward } from '../../reference/softmax';
import type { KernelCase, KernelFamily } from '../kernelCase';
import { columnSums, defaultStep, normals, planFamilies, stepBytes, unwritten, wide } from './caseData';

interface Trial {
  readonly rows: number;
  readonly columns: number;
  readonly values?: 'large' | 'ties';
}

const TRIALS: readonly Trial[] = [
  { rows: 1, columns: 1 },
  { rows: 5, columns: 4 },
  { rows: 63, columns: 64 },
  { rows: 66, columns: 65 },
  { rows: 9, columns: 257 },
  { rows: 3, columns: 1028 },
  { rows: 7, columns: 65, values: 'large' },
  { rows: 7, columns: 64, values: 'ties' },
];

/** More rows than one dimension of workgroups holds, in either family. */
const MANY_ROWS = 270_001;
/** GPT-2's vocabulary. */
const WIDE: Trial = { rows: 2, columns: 50_257 };

function logitsOf({ rows, columns, values }: Trial): Float32Array {
  const x = normals('logits', rows * columns, 2);
  if (values === 'ties') x.fill(1e4);
  if (values === 'large') for (let i = 0; i < x.length; i++) x[i] = i % 3 === 0 ? 1e4 : i % 3 === 1 ? -1e4 : x[i];
  return x;
}

function labelOf({ rows, columns, values }: Trial, family: PlanFamily): string {
  return `${family} ${rows}x${columns}${values ? ` ${values}` : ''}`;
}

function* softmaxCases(trial: Trial, family: PlanFamily): Iterable<KernelCase> {
  const { rows, columns } = trial;
  const x = logitsOf(trial);
  const p = softmax(wide(x), rows, columns);
  const [forward] = planSoftmaxForward({ rows, columns }, family);
  yield {
    name: `softmax forward ${labelOf(trial, family)}`,
    run: { ...forward, buffers: { x, y: unwritten(x.length) } },
    // exp is promised to 3 + 2|x| units in the last place only.
    expected: { y: { values: p, terms: columns, factor: 2 } },
  };
  const d = normals('d', x.length);
  const y = Float32Array.from(p);
  const [backward] = planSoftmaxBackward({ rows, columns }, family);
  yield {
    name: `softmax backward ${labelOf(trial, family)}`,
    run: { ...backward, buffers: { d_y: d, y, d_x: unwritten(x.length) } },
    // With one column the gradient is 0: d_y - d_y y.
    expected: { d_x: { values: softmaxBackward(wide(y), wide(d), rows, columns), terms: columns, absolute: 1e-6 } },
  };
}

function* crossEntropyCases(trial: Trial, family: PlanFamily): Iterable<KernelCase> {
  const { rows, columns } = trial;
  const x = logitsOf(trial);
  const targets = Int32Array.from({ length: rows }, (_, row) =>
    row % 5 === 3 ? IGNORED_TARGET : (row * 7919) % columns,
  );
  const twin = { logits: wide(x), targets, vocabulary: columns, count: 1 / defaultStep.inverseTokens };
  const { losses } = crossEntropy(twin);
  for (const gradient of [false, true]) {
    const [dispatch] = planCrossEntropy({ rows, columns, gradient }, family);
    yield {
      name: `cross_entropy ${labelOf(trial, family)}${gradient ? ' gradient' : ''}`,
      run: { ...dispatch, step: stepBytes(), buffers: { logits: x, targets, row_loss: unwritten(rows) } },
      expected: {
        row_loss: { values: losses, terms: columns, factor: 2, absolute: 1e-6 },
        logits: gradient
          ? { values: crossEntropyBackward(twin), terms: columns, factor: 2, absolute: 1e-8 }
          : { values: wide(x), terms: 1, factor: 0 },
      },
    };
  }
}

function* distillationCases(trial: Trial, family: PlanFamily): Iterable<KernelCase> {
  const { rows, columns } = trial;
  const [x, teacher] = [logitsOf(trial), normals('teacher', rows * columns, 3)];
  const targets = Int32Array.from({ length: rows }, (_, row) =>
    row % 5 === 3 ? IGNORED_TARGET : (row * 31) % columns,
  );
  const settings = { temperature: 2.5, alpha: 0.4 };
  const twin = {
    ...settings,
    logits: wide(x),
    teacher: wide(teacher),
    targets,
    vocabulary: columns,
    count: 1 / defaultStep.inverseTokens,
  };
  // Terms as large as the scores cancel: the loss misses by rounding of them.
  const absolute = trial.values === 'large' ? 1e-2 : 1e-5;
  for (const gradient of [false, true]) {
    const [dispatch] = planDistillationLoss({ rows, columns, ...settings, gradient }, family);
    yield {
      name: `distillation_loss ${labelOf(trial, family)}${gradient ? ' gradient' : ''}`,
      run: { ...dispatch, step: stepBytes(), buffers: { logits: x, teacher, targets, row_loss: unwritten(rows) } },
      expected: {
        row_loss: { values: distillation(twin).losses, terms: columns, factor: 4, absolute },
        logits: gradient
          ? { values: distillationBackward(twin), terms: columns, factor: 4, absolute: 1e-7 }
          : { values: wide(x), terms: 1, factor: 0 },
      },
    };
  }
}

function* sumCases(family: PlanFamily): Iterable<KernelCase> {
  for (const count of [1, 33, 512, 4099]) {
    const losses = normals('losses', count);
    const sum = columnSums(wide(losses), count, 1)[0];
    for (const accumulate of [false, true]) {
      const scale = accumulate;
      const [dispatch] = planSumRows({ count, offset: 1, accumulate, scale }, family);
      const out = Float32Array.of(5, 7, 9);
      yield {
        name: `sum_rows ${family} ${count}${accumulate ? ' += scaled' : ''}`,
        run: { ...dispatch, step: stepBytes(), buffers: { row_loss: losses, out } },
        expected: {
          out: {
            values: Float64Array.of(5, (accumulate ? 7 : 0) + sum * (scale ? defaultStep.inverseTokens : 1), 9),
            terms: count,
          },
        },
      };
    }
  }
}

export const softmaxFamily: KernelFamily = {
  family: 'softmax and cross-entropy',
  *cases(wanted = () => true) {
    for (const family of planFamilies) {
      for (const trial of TRIALS) {
        yield* softmaxCases(trial, family);
        yield* crossEntropyCases(trial, family);
        yield* distillationCases(trial, family);
      }
      yield* crossEntropyCases(WIDE, family);
      const many = { rows: MANY_ROWS, columns: family === 'blocked' ? 1 : 16 };
      const name = `softmax forward ${labelOf(many, family)}`;
      if (wanted(name)) {
        const x = logitsOf(many);
        const [forward] = planSoftmaxForward(many, family);
        yield {
          name,
          run: { ...forward, buffers: { x, y: unwritten(x.length) } },
          expected: { y: { values: softmax(wide(x), many.rows, many.columns), terms: many.columns, factor: 2 } },
        };
      }
      yield* sumCases(family);
    }
  },
};
