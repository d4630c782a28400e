// chrF: how much of the characters of translations, in runs of one to six, is in their references and the other way round. Pure.

const LONGEST = 6;
/** How much more recall counts than precision. */
const BETA = 2;

/**
 * Popović 2015, "chrF: character n-gram F-score for automatic MT evaluation", with the counts summed over the whole corpus as sacreBLEU's
 * chrF2 does: white space is left out; precision and recall are means over the lengths that both sides have runs of.
 *
 * @returns 0 to 100; 0 where nothing is there to compare
 */
export function chrF(hypotheses: readonly string[], references: readonly string[]): number {
  let [precision, recall, lengths] = [0, 0, 0];
  for (let n = 1; n <= LONGEST; n++) {
    let [matches, given, wanted] = [0, 0, 0];
    for (const [index, reference] of references.entries()) {
      const hypothesisRuns = runsOf(hypotheses[index] ?? '', n);
      const referenceRuns = runsOf(reference, n);
      given += total(hypothesisRuns);
      wanted += total(referenceRuns);
      for (const [run, count] of hypothesisRuns) matches += Math.min(count, referenceRuns.get(run) ?? 0);
    }
    if (given === 0 || wanted === 0) continue;
    lengths++;
    precision += matches / given;
    recall += matches / wanted;
  }
  if (precision + recall === 0) return 0;
  return (100 * ((1 + BETA ** 2) * precision * recall)) / (BETA ** 2 * precision + recall) / lengths;
}

function runsOf(text: string, n: number): Map<string, number> {
  const characters = [...text.replace(/\s+/gu, '')];
  const runs = new Map<string, number>();
  for (let i = 0; i + n <= characters.length; i++) {
    const run = characters.slice(i, i + n).join('');
    runs.set(run, (runs.get(run) ?? 0) + 1);
  }
  return runs;
}

function total(runs: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const count of runs.values()) sum += count;
  return sum;
}
