// What a classifier of two classes is worth at a threshold, and over all of them: confusion, precision, recall, F1, accuracy, the curves' points.
// Pure. It decides nothing: a threshold is the person's.

export interface Judged {
  /** Of the positive class, 0 to 1. */
  readonly probability: number;
  /** Whether it is positive in truth. */
  readonly positive: boolean;
}

export interface BinaryScores {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
  /** True among those called positive; 1 where none was called so. */
  readonly precision: number;
  /** Called positive among the positive ones; 1 where there are none. */
  readonly recall: number;
  /** Harmonic mean of precision and recall; 0 where no positive one was found. */
  readonly f1: number;
  readonly accuracy: number;
}

/** Positive is what reaches the threshold (van Rijsbergen 1979, chapter 7, for precision, recall and F). */
export function scoresAt(judged: readonly Judged[], threshold: number): BinaryScores {
  let [truePositives, falsePositives, falseNegatives, trueNegatives] = [0, 0, 0, 0];
  for (const { probability, positive } of judged) {
    const called = probability >= threshold;
    if (called && positive) truePositives++;
    else if (called) falsePositives++;
    else if (positive) falseNegatives++;
    else trueNegatives++;
  }
  const called = truePositives + falsePositives;
  const positives = truePositives + falseNegatives;
  return {
    truePositives,
    falsePositives,
    falseNegatives,
    trueNegatives,
    precision: called > 0 ? truePositives / called : 1,
    recall: positives > 0 ? truePositives / positives : 1,
    f1: truePositives > 0 ? (2 * truePositives) / (called + positives) : 0,
    accuracy: judged.length > 0 ? (truePositives + trueNegatives) / judged.length : 0,
  };
}

export interface CurvePoint extends BinaryScores {
  readonly threshold: number;
  /** Called positive among the negative ones: the x of a ROC curve, whose y is recall. */
  readonly falsePositiveRate: number;
}

/** A point for each probability that occurs, the highest first, after one at which nothing is called positive. */
export function curvePoints(judged: readonly Judged[]): CurvePoint[] {
  const thresholds = [...new Set(judged.map(({ probability }) => probability))].sort((a, b) => b - a);
  return [Number.POSITIVE_INFINITY, ...thresholds].map((threshold) => {
    const scores = scoresAt(judged, threshold);
    const negatives = scores.falsePositives + scores.trueNegatives;
    return { threshold, ...scores, falsePositiveRate: negatives > 0 ? scores.falsePositives / negatives : 0 };
  });
}

/** Chance that a positive one has a higher probability than a negative one, equal ones counting half (Fawcett 2006, section 7); 0.5 where a class is empty. */
export function areaUnderRoc(judged: readonly Judged[]): number {
  const positives = judged.filter(({ positive }) => positive);
  const negatives = judged.filter(({ positive }) => !positive);
  if (positives.length === 0 || negatives.length === 0) return 0.5;
  let sum = 0;
  for (const a of positives)
    for (const b of negatives) sum += a.probability > b.probability ? 1 : a.probability === b.probability ? 0.5 : 0;
  return sum / positives.length / negatives.length;
}
