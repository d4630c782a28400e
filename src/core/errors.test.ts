// Anything thrown, as the one error type: nothing of a LabError is lost, and the rest says where it came from.

import { expect, test } from 'vitest';
import { asLabError, LabError, toLabErrorData } from './errors';

test('a LabError stays the same object', () => {
  const error = new LabError({ code: 'gpu.lost', message: 'Gone.', why: 'reset', advice: 'Reload.' });
  expect(asLabError(error)).toBe(error);
  expect(toLabErrorData(error)).toEqual({ code: 'gpu.lost', message: 'Gone.', why: 'reset', advice: 'Reload.' });
});

test('another error is internal, with its stack as details and itself as the cause', () => {
  const thrown = new TypeError('x is not a function');
  const error = asLabError(thrown);
  expect(error).toMatchObject({ code: 'internal', message: 'x is not a function', details: thrown.stack });
  expect(error.cause).toBe(thrown);
  expect(asLabError(new RangeError()).message).toBe('RangeError');
});

test('what is no error at all is internal, in words', () => {
  expect(asLabError('no').toData()).toEqual({ code: 'internal', message: 'no' });
  expect(asLabError(undefined).message).toBe('undefined');
});
