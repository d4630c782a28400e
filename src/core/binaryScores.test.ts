// Scores of two classes against a case worked out by hand, and against what must hold of any.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { areaUnderRoc, curvePoints, type Judged, scoresAt } from './binaryScores';

const judged: readonly Judged[] = [
  { probability: 0.9, positive: true },
  { probability: 0.8, positive: false },
  { probability: 0.6, positive: true },
  { probability: 0.4, positive: true },
  { probability: 0.2, positive: false },
];

test('counts what is called positive at a threshold', () => {
  expect(scoresAt(judged, 0.6)).toEqual({
    truePositives: 2,
    falsePositives: 1,
    falseNegatives: 1,
    trueNegatives: 1,
    precision: 2 / 3,
    recall: 2 / 3,
    f1: 2 / 3,
    accuracy: 3 / 5,
  });
  expect(scoresAt(judged, 2)).toMatchObject({ precision: 1, recall: 0, f1: 0, accuracy: 2 / 5 });
  expect(scoresAt([], 0.5)).toMatchObject({ precision: 1, recall: 1, f1: 0, accuracy: 0 });
});

test('the area under the ROC curve is that of its points', () => {
  // Pairs in order: 0.9 over both, 0.6 and 0.4 over one each of two.
  expect(areaUnderRoc(judged)).toBeCloseTo(4 / 6, 12);
  const list = fc.array(
    fc.record({ probability: fc.integer({ min: 0, max: 9 }).map((n) => n / 9), positive: fc.boolean() }),
    { minLength: 2, maxLength: 30 },
  );
  fc.assert(
    fc.property(list, (cases) => {
      const points = curvePoints(cases);
      for (const [index, { recall, falsePositiveRate }] of points.entries()) {
        if (index === 0) continue;
        expect(recall).toBeGreaterThanOrEqual(points[index - 1].recall);
        expect(falsePositiveRate).toBeGreaterThanOrEqual(points[index - 1].falsePositiveRate);
      }
      const classes = new Set(cases.map(({ positive }) => positive));
      if (classes.size < 2) return;
      // By the trapezoidal rule.
      const area = points.reduce(
        (sum, point, index) =>
          index === 0
            ? 0
            : sum +
              ((point.falsePositiveRate - points[index - 1].falsePositiveRate) *
                (point.recall + points[index - 1].recall)) /
                2,
        0,
      );
      expect(areaUnderRoc(cases)).toBeCloseTo(area, 10);
    }),
  );
});
