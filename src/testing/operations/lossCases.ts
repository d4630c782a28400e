// Cases of cross-entropy, whole and over shards of the vocabulary, and of softmax. Test-only.

import { partition } from '../../core/partition';
import { crossEntropy, crossEntropyBackward } from '../../reference/crossEntropy';
import { crossEntropyMerge, crossEntropyMergeBackward } from '../../reference/crossEntropyMerge';
import { crossEntropyStatistics, type VocabularyShard } from '../../reference/crossEntropyStatistics';
import { distillation, distillationBackward } from '../../reference/distillation';
import { softmax, softmaxBackward } from '../../reference/softmax';
import { randomValues } from '../randomValues';
import { EXP, label, matrix, type OperationCase, type Size, STEP } from './operationCase';

function targetsOf({ rows, columns }: Size): Int32Array<ArrayBuffer> {
  return Int32Array.from({ length: rows }, (_, n) => (n % 4 === 1 ? -100 : (n * 3) % columns));
}

export function crossEntropyCases(size: Size): OperationCase {
  const { rows, columns } = size;
  const logits = matrix('logits', rows, columns);
  const targets = targetsOf(size);
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

export function distillationLossCases(size: Size): OperationCase {
  const { rows, columns } = size;
  const [logits, teacher] = [matrix('student', rows, columns), matrix('teacher', rows, columns)];
  const targets = targetsOf(size);
  const count = targets.filter((target) => target >= 0).length;
  const settings = { temperature: 3, alpha: 0.6 };
  const twin = { ...settings, logits: logits.values, teacher: teacher.values, targets, vocabulary: columns, count };
  const { loss, losses: rowLoss } = distillation(twin);
  return {
    name: label(size),
    run: {
      parameters: { logits },
      named: {
        targets: { type: 'i32', values: targets },
        teacher: { type: 'f32', values: Float32Array.from(teacher.values) },
        metrics: { type: 'f32', values: new Float32Array(4) },
      },
      build: ({ trace, leaf, named }) => {
        const given = trace.reshaped(named('teacher'), [rows, columns]);
        const inputs = { logits: leaf('logits'), teacher: given, targets: named('targets'), loss: named('metrics') };
        const attributes = { ...settings, gradient: true };
        return { rowLoss: trace.apply('distillationLoss', inputs, attributes, ['rowLoss']).rowLoss };
      },
      seeds: {},
      step: { ...STEP, inverseTokens: 1 / count },
    },
    outputs: { rowLoss: { values: rowLoss, terms: columns, absolute: 1e-5 } },
    gradients: { logits: { values: distillationBackward(twin), terms: columns, factor: EXP, absolute: 1e-7 } },
    named: { metrics: { values: Float64Array.of(loss), terms: rows + columns, absolute: 1e-5 } },
  };
}

export function softmaxCases(size: Size): OperationCase {
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

/** The logits of `size` in uneven shards, as many as three, and the one whose turn it is. */
function shardsOf(size: Size): readonly VocabularyShard[] {
  const { rows, columns } = size;
  const targets = targetsOf(size);
  return partition(columns, Math.min(3, columns)).map(({ start, length }) => ({
    logits: matrix(`logits ${start}`, rows, length).values,
    targets,
    vocabulary: length,
    firstToken: start,
  }));
}

export function crossEntropyStatisticsCases(size: Size): OperationCase[] {
  return shardsOf(size).map((shard) => {
    const { logits, targets, vocabulary, firstToken } = shard;
    return {
      name: `${label(size)} from ${firstToken}`,
      run: {
        parameters: { logits: { shape: [size.rows, vocabulary], values: logits } },
        named: { targets: { type: 'i32', values: Int32Array.from(targets) } },
        build: ({ trace, leaf, named }) => {
          const inputs = { logits: leaf('logits'), targets: named('targets') };
          const { statistics } = trace.apply('crossEntropyStatistics', inputs, { firstToken }, ['statistics']);
          return { statistics };
        },
        seeds: {},
      },
      outputs: { statistics: { values: crossEntropyStatistics(shard), terms: vocabulary, factor: EXP } },
      // What crossEntropyMerge leaves in the logits is the whole gradient; alone there is none.
      gradients: { logits: { values: new Float64Array(logits.length), terms: 1 } },
    };
  });
}

export function crossEntropyMergeCases(size: Size): OperationCase[] {
  const shards = shardsOf(size);
  const targets = targetsOf(size);
  const count = targets.filter((target) => target >= 0).length;
  const gathered = { statistics: shards.map(crossEntropyStatistics), count };
  const { loss, losses } = crossEntropyMerge(targets, gathered);
  return shards.map((shard) => {
    const { logits, vocabulary, firstToken } = shard;
    return {
      name: `${label(size)} from ${firstToken} of ${shards.length}`,
      run: {
        parameters: { logits: { shape: [size.rows, vocabulary], values: logits } },
        named: {
          targets: { type: 'i32', values: targets },
          gathered: { type: 'f32', values: Float32Array.from(gathered.statistics.flatMap((part) => [...part])) },
          metrics: { type: 'f32', values: new Float32Array(4) },
        },
        build: ({ trace, leaf, named }) => {
          const inputs = {
            logits: leaf('logits'),
            targets: named('targets'),
            // As an all-gather along dim 0 leaves it.
            gathered: { ...named('gathered'), shape: [shards.length * size.rows, 3] },
            loss: named('metrics'),
          };
          const { rowLoss } = trace.apply('crossEntropyMerge', inputs, { gradient: true, firstToken }, ['rowLoss']);
          return { rowLoss };
        },
        seeds: {},
        step: { ...STEP, inverseTokens: 1 / count },
      },
      outputs: { rowLoss: { values: losses, terms: size.columns, absolute: 1e-6 } },
      gradients: {
        logits: {
          values: crossEntropyMergeBackward(shard, gathered),
          terms: size.columns,
          factor: EXP,
          absolute: 1e-7,
        },
      },
      named: { metrics: { values: Float64Array.of(loss), terms: size.rows + size.columns, absolute: 1e-6 } },
    };
  });
}
