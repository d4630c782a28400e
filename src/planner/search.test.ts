import { describe, expect, test, vi } from 'vitest';
import { bigModel, fakeHardware, fakePlan, fakePredictor } from '../testing/fakeCluster';
import { memoryLimitBytes } from './clusterMemory';
import { judgeNeighbours, neighbourChoices } from './neighbours';
import { planIssue } from './planRules';
import { runSearch, type SearchProgress, type SearchResult, searching, simpler } from './search';
import { choiceKey, choicesFor, planOf } from './searchSpace';

// Thousands of candidates, each looked at.
vi.setConfig({ testTimeout: 30_000 });

function searched(base = fakePlan, ranks = 512, predictor = fakePredictor()): SearchResult {
  const search = searching({ base, ranks }, predictor);
  for (let step = search.next(); ; step = search.next()) if (step.done === true) return step.value;
}

describe('the space', () => {
  test('every choice is different, obeys the rules, uses all ranks and keeps tensor parallelism in the node', () => {
    expect(choicesFor(fakePlan, 512).length).toBeGreaterThan(2_000);
    const choices = choicesFor(fakePlan, 64);
    expect(new Set(choices.map(choiceKey)).size).toBe(choices.length);
    for (const choice of choices) {
      expect(planIssue(planOf(fakePlan, choice))).toBeNull();
      expect(choice.mesh.dp * choice.mesh.pp * choice.mesh.tp).toBe(64);
      expect(choice.mesh.tp).toBeLessThanOrEqual(8);
      expect(bigModel.keyValueHeads % choice.mesh.tp).toBe(0);
      expect(1024 % (choice.mesh.dp * choice.microBatchRows)).toBe(0);
    }
    for (const zero of [0, 1, 2, 3]) expect(choices.some((choice) => choice.zero === zero)).toBe(true);
  });

  test('one rank has nothing to lay out but rows and recomputation', () => {
    const choices = choicesFor({ ...fakePlan, globalBatch: 4 }, 1);
    expect(choices.map(({ microBatchRows, recomputation }) => [microBatchRows, recomputation])).toHaveLength(9);
    expect(new Set(choices.map(({ zero }) => zero))).toEqual(new Set([0]));
  });

  test('a batch that does not divide over any number of replicas leaves nothing', () => {
    expect(choicesFor({ ...fakePlan, globalBatch: 7 }, 127)).toEqual([]);
  });
});

describe('the search', () => {
  test('finds what predicting every candidate finds, with fewer predictions', () => {
    const predictor = fakePredictor();
    const found = searched(fakePlan, 512, predictor);
    const all = choicesFor(fakePlan, 512)
      .map((choice) => ({ choice, ...fakePredictor().predict(planOf(fakePlan, choice)) }))
      .filter(({ fits }) => fits)
      .sort((a, b) => a.stepMs - b.stepMs || simpler(a.choice, b.choice));
    expect(found.candidates[0].stepMs).toBe(all[0].stepMs);
    let least = Number.POSITIVE_INFINITY;
    const front = all.filter(({ stepMs, peakBytes }) => {
      if (stepMs > 1.5 * all[0].stepMs) return false;
      const better = peakBytes < least;
      if (better) least = peakBytes;
      return better;
    });
    const seen = found.front.map((index) => found.candidates[index]).filter((row) => row.stepMs <= 1.5 * all[0].stepMs);
    expect(seen.map((row) => row.peakBytes)).toEqual(front.map((row) => row.peakBytes));
    expect(predictor.asked.predict).toBe(found.counts.predicted);
    expect(found.counts.predicted).toBeLessThan(all.length / 2);
    const { considered, outOfMemory, passedOver, predicted } = found.counts;
    expect(outOfMemory + passedOver + predicted).toBe(considered);
    expect(found.candidates).toHaveLength(predicted);
  });

  test('of plans that are as fast it takes the simplest', () => {
    const { candidates, best } = searched();
    expect(best).not.toBeNull();
    const taken = candidates[best ?? 0];
    expect(taken.stepMs).toBeLessThanOrEqual(candidates[0].stepMs * 1.01);
    for (const { stepMs, choice } of candidates)
      if (stepMs <= candidates[0].stepMs * 1.01) expect(simpler(taken.choice, choice)).toBeLessThanOrEqual(0);
  });

  test('where nothing fits it says what comes nearest', () => {
    const tiny = { ...fakePlan, hardware: { ...fakeHardware, memoryGiB: 5 } };
    const { candidates, best, nearest, counts } = searched(tiny, 8);
    expect(candidates).toEqual([]);
    expect(best).toBeNull();
    expect(counts.outOfMemory).toBe(counts.considered);
    expect(nearest?.peakBytes).toBeGreaterThan(memoryLimitBytes(tiny.hardware));
    for (const choice of choicesFor(tiny, 8))
      expect(fakePredictor().memory(planOf(tiny, choice)).peakBytes).toBeGreaterThanOrEqual(nearest?.peakBytes ?? 0);
  });

  test('tells how far it is, and stops when told to', async () => {
    const seen: SearchProgress[] = [];
    let clock = 0;
    const controls = { now: () => (clock += 40), breathe: async () => undefined };
    const whole = await runSearch({ base: fakePlan, ranks: 64 }, fakePredictor(), {
      ...controls,
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.length).toBeGreaterThan(3);
    for (const [index, { share }] of seen.entries()) expect(share).toBeGreaterThanOrEqual(seen[index - 1]?.share ?? 0);
    expect(whole.counts.considered).toBeGreaterThan(0);

    const stop = new AbortController();
    const predictor = fakePredictor();
    const stopped = runSearch({ base: fakePlan, ranks: 512 }, predictor, {
      ...controls,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'run.cancelled' });
    expect(predictor.asked.memory).toBeLessThan(choicesFor(fakePlan, 512).length / 2);
  });
});

describe('neighbours', () => {
  test('differ in one setting; all but refused ones still use every rank', () => {
    const plan = {
      ...fakePlan,
      mesh: { dp: 8, pp: 8, tp: 8 },
      schedule: 'interleaved-1f1b' as const,
      stagesPerRank: 2,
    };
    const neighbours = neighbourChoices(plan);
    const settings = neighbours.map(({ setting }) => setting);
    for (const setting of ['mesh', 'zero', 'schedule', 'stagesPerRank', 'microBatchRows', 'recomputation'] as const)
      expect(settings).toContain(setting);
    for (const { choice } of neighbours) expect(choice.mesh.dp * choice.mesh.pp * choice.mesh.tp).toBe(512);
    expect(new Set(neighbours.map(({ choice }) => choiceKey(choice))).size).toBe(neighbours.length);
  });

  test('say why they lost: memory by how much, time and where it goes, the node, or a rule', () => {
    const predictor = fakePredictor();
    const { candidates, best } = searched();
    const plan = planOf(fakePlan, candidates[best ?? 0].choice);
    const own = predictor.predict(plan);
    const judged = judgeNeighbours(plan, own, predictor);
    for (const { choice, verdict } of judged) {
      if (verdict.kind === 'refused' || verdict.kind === 'leavesNode') continue;
      const other = predictor.predict(planOf(plan, choice));
      if (verdict.kind === 'outOfMemory') {
        expect(other.fits).toBe(false);
        expect(verdict.overBytes).toBeCloseTo(other.peakBytes - memoryLimitBytes(fakeHardware));
        continue;
      }
      const { computeMs, communicationMs, bubbleMs } = verdict.parts;
      expect(computeMs + communicationMs + bubbleMs).toBeCloseTo(verdict.byMs);
      expect(verdict.byMs).toBeCloseTo(other.stepMs - own.stepMs);
      expect(verdict.kind === 'faster').toBe(false);
    }
    const wide = judgeNeighbours({ ...fakePlan, model: { ...bigModel, keyValueHeads: 64 } }, own, predictor);
    expect(wide.find(({ choice }) => choice.mesh.tp === 16)?.verdict).toEqual({ kind: 'leavesNode', node: 8 });
    const narrow = judgeNeighbours(fakePlan, own, predictor);
    expect(narrow.find(({ choice }) => choice.mesh.tp === 16)?.verdict).toMatchObject({
      kind: 'refused',
      issue: { rule: 'keyValueHeads' },
    });
  });
});
