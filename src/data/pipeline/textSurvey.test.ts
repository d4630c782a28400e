// The survey of a text: its two ways, over bytes and over units, see the same.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashText, hashUnits } from './hashes';
import { TextSurvey } from './textSurvey';

const ascii = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'Z', '7', ' ', '\n', '\t', '\r', '.', '@', ':', '\u0001', 'word '),
    fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 200,
});

function seen(survey: TextSurvey) {
  const { count, numberCount, untidy, symbols, blanks, lineEnds } = survey;
  const lists = { hashes: [...survey.hashes.slice(0, count)], places: [...survey.numberPlaces.slice(0, numberCount)] };
  return { ...lists, untidy, symbols, blanks, lineEnds };
}

test('bytes that are characters are seen as the characters of a text that has others too', () => {
  fc.assert(
    fc.property(ascii, (text) => {
      const survey = new TextSurvey();
      expect(survey.read(new TextEncoder().encode(text))).toBe(text);
      const ofBytes = seen(survey);
      expect(survey.bytes === null ? null : hashUnits(survey.bytes, text.length)).toEqual(hashText(text));
      // A character of a script without spaces is a word of its own, and sends the whole text the other way.
      const mixed = seen(new TextSurvey().of(`${text}大`));
      expect({ ...mixed, hashes: mixed.hashes.slice(0, -1) }).toEqual(ofBytes);
    }),
  );
});

test('a text longer than a block is seen whole, and bytes that are no text send it to its characters', () => {
  const text = 'Call me Ishmael 7. '.repeat(2_000);
  const survey = new TextSurvey();
  survey.read(new TextEncoder().encode(text));
  expect(survey.count).toBe(8_000);
  expect(survey.numberCount).toBe(2_000);
  expect(survey.numberPlaces[1_999]).toBe(text.lastIndexOf('7'));
  expect(survey.read(Uint8Array.from([97, 0xff, 98]))).toBe('a\ufffdb');
  expect(survey.bytes).toBe(null);
  expect(survey.count).toBe(2);
});
