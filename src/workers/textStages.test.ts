// Meshes that texts are continued over, and those that are refused by name.

import { expect, test } from 'vitest';
import { textStages } from './textStages';

test('layers are divided over pp, one replica of dp is used and that is said', () => {
  expect(textStages({}, false)).toEqual({ stages: 1, changes: [] });
  expect(textStages({ pp: 3 }, false)).toEqual({ stages: 3, changes: [] });
  const { stages, changes } = textStages({ dp: 2, pp: 2 }, false);
  expect(stages).toBe(2);
  expect(changes).toEqual([{ field: 'mesh dp', asked: '2', used: 1, why: expect.any(String) }]);
  expect(textStages({}, true).stages).toBe(1);
});

test.each([
  [{ tp: 2 }, false, 'tp 2'],
  [{ pp: 2 }, true, '8 or 4 bits'],
  [{ pp: 0 }, false, 'pp 0'],
  [{ pp: 17 }, false, 'pp 17'],
] as const)('%j, quantised %s: refused', (mesh, quantized, why) => {
  expect(() => textStages(mesh, quantized)).toThrow(why);
});
