// Folding of workgroups: enough, few too many, never more than a dimension holds.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldWorkgroups } from './plannedDispatch';

test('folded workgroups cover the count within the limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (count) => {
      const [x, y, z] = foldWorkgroups(count);
      expect(z).toBe(1);
      expect(Math.max(x, y)).toBeLessThanOrEqual(65_535);
      expect(x * y).toBeGreaterThanOrEqual(count);
      // At most one workgroup too many in each row of the fold.
      expect(x * y - Math.max(1, count)).toBeLessThan(y);
    }),
  );
});
