// Pure: medians and spread, the checks that engines computed the same thing, and the table.

/** Sorted-sample quantile with linear interpolation. */
export function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const a = sorted[low] ?? Number.NaN;
  return a + ((sorted[low + 1] ?? a) - a) * (at - low);
}

export function summary(samples) {
  return {
    medianMs: quantile(samples, 0.5),
    lowMs: quantile(samples, 0.1),
    highMs: quantile(samples, 0.9),
    samples: samples.length,
  };
}

/** Relative room for the loss of a step: 5 digits at step 0; later ones carry the updates' rounding. */
export const lossTolerance = (step) => (step === 0 ? 1e-5 : 2e-4);
export const checksumTolerance = 1e-3;
/** Absolute, for values of size 1: f32 passes with room, TF32 and f16 inputs do not. */
export const matmulTolerance = 2e-4;

/** Relative to the larger one, so that a zero or NaN on either side is far apart and never a division by zero. */
const apart = (a, b) => (a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b)));

/** Compares every engine with the first that reported a finite loss. `results`: { name, losses, checksum }. One line a check. */
export function trainChecks(results) {
  const judge = results.find((result) => Number.isFinite(result.losses[0]));
  const checks = [];
  for (const result of results) {
    if (result.losses.length === 0) {
      checks.push({
        check: `loss.${result.name}`,
        maxError: null,
        tolerance: lossTolerance(0),
        ok: false,
        details: 'reported no loss',
      });
      continue;
    }
    if (result === judge) continue;
    if (judge === undefined) {
      checks.push({
        check: `loss.${result.name}.step0`,
        maxError: null,
        tolerance: lossTolerance(0),
        ok: false,
        details: `${result.losses[0]}`,
      });
      continue;
    }
    for (const [step, loss] of result.losses.entries()) {
      const right = judge.losses[step];
      if (right === undefined) break;
      const maxError = apart(loss, right);
      checks.push({
        check: `loss.${result.name}.step${step}`,
        maxError,
        tolerance: lossTolerance(step),
        ok: maxError <= lossTolerance(step),
        details: `${loss} against ${judge.name}'s ${right}`,
      });
    }
    if (result.checksum !== null && judge.checksum !== null) {
      const maxError = apart(result.checksum, judge.checksum);
      checks.push({
        check: `checksum.${result.name}`,
        maxError,
        tolerance: checksumTolerance,
        ok: maxError <= checksumTolerance,
        details: `${result.checksum} against ${judge.name}'s ${judge.checksum}`,
      });
    }
  }
  return checks;
}

/** Absolute, for logits of size 1 to 12 after sums of 768 in float32. */
export const logitTolerance = 1e-3;

const largestGap = (a, b) =>
  a.length === b.length ? a.reduce((worst, x, i) => Math.max(worst, Math.abs(x - b[i])), 0) : Number.NaN;

/**
 * Compares every engine with the first. `results`: { name, tokens, firstLogits, lastLogits, margins? }. Tokens may differ from where the best
 * two logits are a tie, and what comes after is another text.
 */
export function decodeChecks([judge, ...others]) {
  if (judge === undefined) return [];
  const checks = [];
  const put = (check, maxError, tolerance, details) =>
    checks.push({ check, maxError, tolerance, ok: maxError <= tolerance, details });
  for (const other of others) {
    const against = `${other.name} against ${judge.name}`;
    put(
      `decode.${other.name}.first-logits`,
      largestGap(other.firstLogits, judge.firstLogits),
      logitTolerance,
      `largest difference, ${against}`,
    );
    const length = Math.max(other.tokens.length, judge.tokens.length);
    const apart = Array.from({ length }, (_, i) => i).find((i) => other.tokens[i] !== judge.tokens[i]);
    const margin = apart === undefined ? 0 : ((other.margins ?? judge.margins)?.[apart] ?? Number.NaN);
    put(
      `decode.${other.name}.tokens`,
      margin,
      logitTolerance,
      apart === undefined
        ? `${length} tokens are the same, ${against}`
        : `token ${apart} differs (${other.tokens[apart]}, ${judge.tokens[apart]}), ${against}; its margin was ${margin}`,
    );
    if (apart === undefined)
      put(
        `decode.${other.name}.last-logits`,
        largestGap(other.lastLogits, judge.lastLogits),
        logitTolerance,
        `largest difference after ${length - 1} tokens, ${against}`,
      );
  }
  return checks;
}

const digits = (x) => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2));

export function table(title, rows) {
  const cells = [
    ['engine', 'median ms', '10 to 90 %', 'samples', 'rate', 'step 0 loss'],
    ...rows.map((row) =>
      row.error
        ? [row.title, 'failed', row.error.split('\n')[0].slice(0, 60), '', '', '']
        : [
            row.title,
            digits(row.medianMs),
            `${digits(row.lowMs)} to ${digits(row.highMs)}`,
            String(row.samples),
            `${digits(row.rate)} ${row.unit}`,
            row.firstLoss?.toFixed(6) ?? '',
          ],
    ),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  const lines = cells.map((line) =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '),
  );
  return [title, ...lines].join('\n');
}
