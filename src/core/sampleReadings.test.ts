import { expect, test } from 'vitest';
import { readingLine, sampleRequest } from './sampleReadings';

test('a line of text is what each head can be asked', () => {
  expect(sampleRequest('masked-lm', 'Call me')).toEqual({ task: 'fill', text: 'Call me', topK: 5, openEnd: true });
  expect(sampleRequest('sequence-classification', 'Call me')).toEqual({ task: 'classify', texts: ['Call me'] });
  expect(sampleRequest('token-classification', 'Call me')).toEqual({ task: 'tag', text: 'Call me' });
  expect(sampleRequest('question-answering', ' Who is it? Call me Ishmael. Why? ')).toMatchObject({
    question: 'Who is it?',
    context: 'Call me Ishmael. Why?',
  });
  expect(sampleRequest('question-answering', '谁？我是以实玛利。')).toMatchObject({ context: '我是以实玛利。' });
  for (const text of ['Who is it?', 'Call me Ishmael.', '?'])
    expect(sampleRequest('question-answering', text)).toBeNull();
  expect(sampleRequest('causal-lm', 'Call me')).toBeNull();
});

test('an answer is a line', () => {
  const gap = (...tokens: readonly string[]) => ({
    position: 1,
    candidates: tokens.map((token, id) => ({ id, token, probability: 0.5 / (id + 1), text: '' })),
  });
  expect(readingLine({ task: 'fill', tokens: 3, gaps: [gap('a', '##b'), gap('c')] })).toBe(' → a 50%, ##b 25% | c 50%');
  const classes = ['x', 'y', 'z', 'w'].map((label) => ({ label, probability: 0.25 }));
  expect(readingLine({ task: 'classify', texts: [{ tokens: 1, classes }] })).toBe(' → x 25%, y 25%, z 25%');
  const word = { word: 'Anna', start: 0, end: 4, label: 'NAME', probability: 0.994 };
  expect(readingLine({ task: 'tag', tokens: 1, words: [word] })).toBe(' → Anna: NAME 99%');
  expect(readingLine({ task: 'answer', windows: 1, answers: [{ text: '', start: 0, end: 0, score: 0.3 }] })).toBe(
    ' → ∅ 30%',
  );
});
