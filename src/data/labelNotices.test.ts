// Row 52 of the faults: one class only, and labels that are slips of another, are told with the numbers of their records.

import { expect, test } from 'vitest';
import { labelNotices } from './labelNotices';

const texts = (labels: readonly string[]) => labels.map((label, i) => ({ text: `text ${i}`, label }));
const many = (label: string, count = 40) => new Array<string>(count).fill(label);

test('one class only', () => {
  expect(labelNotices(texts(many('good')))).toMatchObject([
    { message: 'All 40 records have the label "good".', why: expect.stringMatching(/nothing to learn/) },
  ]);
  expect(labelNotices(texts([...many('good'), ...many('bad')]))).toEqual([]);
  expect(labelNotices([{ question: 'q', context: 'c', answer: '', answerStart: 0 }])).toEqual([]);
});

test.each([
  [['postive'], 'positive', 'It stands in record 41; "positive" stands 40 times.'],
  [['Positive', 'Positive'], 'positive', 'It stands in record 41, 42; "positive" stands 40 times.'],
  [['positive '], 'positive', 'It stands in record 41; "positive" stands 40 times.'],
  [['PRE'], 'PER', null],
  [['male'], 'female', null],
  [['class 2'], 'class 1', null],
  [many('postive', 3), 'positive', null],
])('%j beside %s', (labels, common, why) => {
  const told = labelNotices(texts([...many(common), ...labels, ...many('other')]));
  expect(told.map((notice) => notice.why)).toEqual(why === null ? [] : [why]);
});

test('labels of spans', () => {
  const span = (label: string) => ({ start: 0, end: 4, label });
  const records = [...many('PERSON'), 'PERSN'].map((label) => ({ text: 'Anna', spans: [span(label)] }));
  expect(labelNotices(records)).toMatchObject([{ message: 'The label "PERSN" looks like "PERSON".' }]);
});
