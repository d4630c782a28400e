// Documents kept apart begin in each row where they do in the text. Hidden tokens and labelled sequences are dealt by step and row alone: whatever the ranks and micro-batches, the same rows, once an epoch; masks
// as transformers' collator draws them; and records that do not fit are refused.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { wordPieceTokenizer } from '../testing/wordPieceTokenizer';
import { scoreAnswer } from './answerScore';
import { IGNORED_TARGET } from './batcher';
import type { SequenceBatch } from './batchSource';
import { batchSource, countItems } from './batchSource';
import { documentStarts } from './documentStarts';
import { parseLabelledRecords } from './labelledRecords';
import { maskingRule, prepareSequences } from './prepareSequences';

const words = ['red', 'blue', 'green', 'the', 'sky', 'is', 'grass', 'what', 'colour', '?', '.'];
const tokenizer = wordPieceTokenizer(words);

function rowsOf(batches: readonly SequenceBatch[], perRow: number, T: number): string[] {
  return batches.flatMap(({ inputs, targets, mask, rows }) =>
    Array.from({ length: rows }, (_, row) =>
      [
        inputs.subarray(row * T, row * T + T),
        targets.subarray(row * perRow, (row + 1) * perRow),
        mask?.subarray(row * T, row * T + T),
      ]
        .map((part) => part?.join())
        .join(' / '),
    ).filter((_, row) => countItems({ targets: targets.subarray(row * perRow, (row + 1) * perRow) }) > 0),
  );
}

/** Documents of these lengths: where each begins, and of each token where its own does. */
function documentsOf(lengths: readonly number[]) {
  const starts: number[] = [];
  const begins: number[] = [];
  for (const length of lengths) {
    starts.push(begins.length);
    begins.push(...Array.from({ length }, () => starts.at(-1) ?? 0));
  }
  return { starts: Uint32Array.from(starts), begins };
}

test('of every token of a row it is known where its document begins', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 }),
      fc.nat(1_000),
      fc.integer({ min: 1, max: 12 }),
      (lengths, place, length) => {
        const { starts, begins } = documentsOf([...lengths, 12]);
        const position = place % (begins.length - length + 1);
        const into = new Uint32Array(length).fill(77);
        documentStarts(starts, position, length, into);
        const expected = begins.slice(position, position + length).map((begin) => Math.max(0, begin - position));
        expect([...into]).toEqual(expected);
      },
    ),
  );
});

test.each(['windows', 'sequences'] as const)(
  'documents kept apart: masks of %s, the same over any ranks',
  (rowOrder) => {
    const T = 16;
    const { starts, begins } = documentsOf(Array.from({ length: 60 }, (_, i) => (i * i) % 23));
    // A token is its own place, so that a row says where it was read.
    const tokens = Uint32Array.from(begins.keys());
    const data = { trainTokens: tokens, validationTokens: tokens, trainDocuments: starts, validationDocuments: starts };
    const source = batchSource({ ...data, rowOrder }, 'apart');
    const expectMasked = ({ inputs, targets, mask, rows }: SequenceBatch): void => {
      const seen = Array.from({ length: rows * T }, (_, at) =>
        targets[at] === IGNORED_TARGET ? 0 : Math.max(0, begins[inputs[at]] - inputs[at - (at % T)]),
      );
      expect([...(mask ?? [])]).toEqual(seen);
    };
    const place = { seed: 9, batchSize: 10, sequenceLength: T };
    for (const step of [0, 3, 500]) {
      const whole = source.training({ ...place, step, rank: 0, dpSize: 1, microBatch: 0, microBatches: 1 });
      expectMasked(whole);
      expect(whole.mask?.some((begin) => begin > 0)).toBe(true);
      const dealt = [0, 1].flatMap((rank) =>
        // Made anew, as after a pause.
        [0, 1].map((microBatch) =>
          batchSource({ ...data, rowOrder }, 'apart').training({
            ...place,
            step,
            rank,
            dpSize: 2,
            microBatch,
            microBatches: 2,
          }),
        ),
      );
      for (const each of dealt) expectMasked(each);
      expect(rowsOf(dealt, T, T)).toEqual(rowsOf([whole], T, T));
    }
    // The last batch is not full.
    const heldOut = source.validation({ batches: 3, batchSize: 10, sequenceLength: T });
    expect(heldOut.length).toBeGreaterThan(1);
    for (const each of heldOut) expectMasked(each);
    expect(
      batchSource({ ...data, rowOrder }, 'joined').training({
        ...place,
        ...{ step: 0, rank: 0, dpSize: 1, microBatch: 0, microBatches: 1 },
      }).mask,
    ).toBeUndefined();
  },
);

test('documents that are not known cannot be kept apart', () => {
  const running = new Uint32Array(100);
  const data = { trainTokens: running, validationTokens: running };
  expect(() => batchSource(data, 'apart')).toThrow('Documents cannot be kept apart in these data.');
  const documents = { trainDocuments: new Uint32Array(1), validationDocuments: new Uint32Array(1) };
  const sequences = { task: 'masked-lm', masking: maskingRule(tokenizer) } as const;
  expect(() => batchSource({ ...data, ...documents, sequences }, 'apart')).toThrow('Documents cannot be kept apart');
});

test('hidden tokens: 15% of those that are no marks, 80/10/10, the same over any ranks', () => {
  const running = Uint32Array.from({ length: 5_000 }, (_, i) => 5 + (i % words.length));
  const sequences = { task: 'masked-lm', masking: maskingRule(tokenizer) } as const;
  const source = batchSource({ trainTokens: running, validationTokens: running.subarray(0, 500), sequences });
  const T = 32;
  const place = { seed: 3, step: 4, batchSize: 64, sequenceLength: T };
  const whole = source.training({ ...place, rank: 0, dpSize: 1, microBatch: 0, microBatches: 1 });
  let [hidden, masked, kept, open] = [0, 0, 0, 0];
  whole.inputs.forEach((id, at) => {
    const target = whole.targets[at];
    if (at % T === 0) expect(id).toBe(2);
    if (at % T === T - 1) expect(id).toBe(3);
    if (at % T === 0 || at % T === T - 1) expect(target).toBe(IGNORED_TARGET);
    else open++;
    if (target === IGNORED_TARGET) return;
    hidden++;
    if (id === 4) masked++;
    else if (id === target) kept++;
  });
  expect(hidden).toBe(source.validItems(place));
  expect(hidden / open).toBeGreaterThan(0.13);
  expect(hidden / open).toBeLessThan(0.17);
  expect(masked / hidden).toBeGreaterThan(0.74);
  expect(masked / hidden).toBeLessThan(0.86);
  expect(kept / hidden).toBeGreaterThan(0.05);
  const parts = [0, 1, 2].flatMap((rank) =>
    [0, 1].map((microBatch) => source.training({ ...place, rank, dpSize: 3, microBatch, microBatches: 2 })),
  );
  expect(rowsOf(parts, T, T)).toEqual(rowsOf([whole], T, T));
  expect([0, 1, 2].reduce((sum, rank) => sum + source.validItems({ ...place, rank, dpSize: 3 }), 0)).toBe(hidden);
  const [heldOut] = source.validation({ batches: 1, batchSize: 4, sequenceLength: T });
  expect(countItems(heldOut)).toBeGreaterThan(5);
  expect(source.validation({ batches: 1, batchSize: 4, sequenceLength: T })[0]).toEqual(heldOut);
});

test('labelled texts: padded and masked, each once an epoch, over any ranks', () => {
  const records = Array.from({ length: 11 }, (_, i) => ({
    text: `the sky is ${words[i % 3]}${i > 8 ? ' the sky is red the sky' : ''}`,
    label: words[i % 3],
  }));
  const data = prepareSequences({
    title: 'colours',
    records,
    task: 'sequence-classification',
    tokenizer,
    sequenceLength: 8,
    validationFraction: 0.2,
  });
  if (data.sequences === undefined || data.sequences.task === 'masked-lm') throw new Error('no labels');
  expect(data.sequences.labels).toEqual(['blue', 'green', 'red']);
  expect(data.notices[0].message).toContain('cut');
  const source = batchSource(data);
  const place = { seed: 1, step: 0, batchSize: 9, sequenceLength: 8 };
  const whole = source.training({ ...place, rank: 0, dpSize: 1, microBatch: 0, microBatches: 1 });
  expect(source.validItems(place)).toBe(9);
  for (let row = 0; row < 9; row++) {
    const own = whole.inputs.subarray(row * 8, row * 8 + 8);
    const length = [...(whole.mask ?? [])].slice(row * 8, row * 8 + 8).reduce((a, b) => a + b, 0);
    expect([...own.subarray(length)].every((id) => id === 0)).toBe(true);
    expect([own[0], own[length - 1]]).toEqual([2, 3]);
    const colour = tokenizer.spelling(own[4]) ?? '';
    expect(data.sequences.labels[whole.targets[row]]).toBe(colour);
  }
  expect(new Set(rowsOf([whole], 1, 8)).size).toBe(3);
  const parts = [0, 1].map((rank) => source.training({ ...place, rank, dpSize: 2, microBatch: 0, microBatches: 1 }));
  expect(rowsOf(parts, 1, 8)).toEqual(rowsOf([whole], 1, 8));
  // The counts of labels alone tell log 3 of three equal classes.
  expect(data.unigramEntropy).toBeCloseTo(Math.log(3), 0);
});

test('questions: spans of the windows that hold the answer, the first token of those that do not', () => {
  const context = 'the sky is blue. the grass is green. the sky is red.';
  const records = parseLabelledRecords(
    'questions.jsonl',
    ['green', 'blue', '']
      .map((answer) =>
        JSON.stringify({ question: 'what colour?', context, answer, answerStart: context.indexOf(answer) }),
      )
      .join('\n'),
  );
  const options = {
    title: 'questions',
    records,
    task: 'question-answering',
    tokenizer,
    validationFraction: 0.3,
  } as const;
  const data = prepareSequences({ ...options, sequenceLength: 14 });
  if (data.sequences === undefined || data.sequences.task === 'masked-lm') throw new Error('no answers');
  const { train } = data.sequences;
  const found = Array.from({ length: train.starts.length - 1 }, (_, index) => {
    const [first, last] = [train.targets[2 * index], train.targets[2 * index + 1]];
    return tokenizer.decode(data.trainTokens.subarray(train.starts[index] + first, train.starts[index] + last + 1));
  });
  expect(found.filter((text) => text !== '').sort()).toEqual(expect.arrayContaining(['blue', 'green']));
  expect(found).toContain('');
  const batch = batchSource(data).training({
    seed: 1,
    step: 0,
    batchSize: 4,
    sequenceLength: 14,
    rank: 0,
    dpSize: 1,
    microBatch: 0,
    microBatches: 1,
  });
  expect(batch.targets).toHaveLength(8);
  expect(countItems(batch)).toBe(8);
  expect(Math.max(...(batch.tokenTypes ?? []))).toBe(1);
  expect(() => prepareSequences({ ...options, task: 'sequence-classification', sequenceLength: 14 })).toThrow(
    'does not fit',
  );
});

test('records that are none are refused with their line', () => {
  const parse =
    (...lines: string[]) =>
    () =>
      parseLabelledRecords('x.jsonl', lines.join('\n'));
  const good = '{"text":"a","label":"b"}';
  expect(parse(good, '', '{"text":"a","label":3}')()).toHaveLength(2);
  for (const bad of ['{', '[]', '{"text":1}', '{"text":"a"}', '{"text":"a","spans":[{"start":0,"end":2,"label":"x"}]}'])
    expect(parse(good, bad)).toThrow('line 2');
  expect(parse('{"question":"q","context":"abc","answer":"b","answerStart":0}')).toThrow('line 1');
  expect(parse(good, '{"question":"q","context":"abc","answer":"b","answerStart":1}')).toThrow('line 2');
  expect(parse('')).toThrow('no records');
});

test("answers are scored by SQuAD's rule", () => {
  expect(scoreAnswer('The  Eiffel-Tower!', 'eiffeltower')).toEqual({ exactMatch: 1, f1: 1 });
  expect(scoreAnswer('in the big city', 'a big town').f1).toBeCloseTo(0.4, 10);
  expect(scoreAnswer('', '')).toEqual({ exactMatch: 1, f1: 1 });
  expect(scoreAnswer('x', '')).toEqual({ exactMatch: 0, f1: 0 });
});
