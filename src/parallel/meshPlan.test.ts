// Plans of whole meshes as properties: every pass once, every message met by its peer, no order of arrival that stops them, no more sets of
// activations than the schedule promises, and gradients reduced once each before the optimiser.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { scheduleNames } from '../core/runConfig';
import { plansOf, stageShape, unitBytes } from '../testing/plannedMesh';
import { coordinatesOf, groupOf, rankOf } from './mesh';
import { planRankActions } from './meshPlan';
import type { RankActions } from './planModes';
import type { RankShape } from './rankShape';
import { activationBound, makeSchedule, scheduleIssue } from './schedules/makeSchedule';
import { stageCount } from './schedules/schedule';
import type { PlanAction } from './stepPlan';

const sizes = fc
  .record({
    dp: fc.integer({ min: 1, max: 3 }),
    pp: fc.integer({ min: 1, max: 4 }),
    tp: fc.integer({ min: 1, max: 2 }),
    zero: fc.integer({ min: 0, max: 3 }),
    name: fc.constantFrom(...scheduleNames),
    stagesPerRank: fc.integer({ min: 1, max: 3 }),
    microBatches: fc.integer({ min: 1, max: 8 }),
    bucketBytes: fc.constantFrom(1, 900, 1e6),
    delays: fc.infiniteStream(fc.nat(9)),
  })
  .filter(({ pp, name, stagesPerRank, microBatches, zero }) => {
    const issue = scheduleIssue(name, { ranks: pp, stagesPerRank, microBatches });
    return issue === null && !(zero >= 2 && pp > 1);
  });

/** What both ends of a message, or all of a group, must name alike. */
function tensorKey(action: PlanAction): string {
  return 'tensor' in action ? JSON.stringify(action.tensor) : '';
}

/**
 * Runs all ranks with messages that take `delay()` ticks: a rank does its actions in order, a receive waits for its message, a collective for
 * all of its group; what overlaps waits only where another action waits for it. Returns the action where each rank stopped, null where done.
 */
function simulate(plans: readonly RankActions[], delay: () => number): (PlanAction | null)[] {
  const at = plans.map(() => 0);
  const arrivals = new Map<string, number>();
  const joined = new Map<string, { ranks: Set<number>; count: number }>();
  /** Collectives by rank and index, and how often each was begun, so that repeated ones pair up in order. */
  const begun = plans.map(() => new Map<string, number>());
  const open = plans.map(() => new Map<number, string>());
  let tick = 0;
  const groupKey = (rank: number, action: Extract<PlanAction, { group: readonly number[] }>): string => {
    const name = `${action.kind} ${action.axis} ${action.group.join()} ${tensorKey(action)}`;
    const turn = begun[rank].get(name) ?? 0;
    begun[rank].set(name, turn + 1);
    return `${name} ${turn}`;
  };
  const done = (key: string): boolean => {
    const state = joined.get(key);
    return state !== undefined && state.ranks.size === state.count;
  };
  const step = (rank: number): boolean => {
    const action = plans[rank].actions[at[rank]];
    if (action === undefined) return false;
    if (!action.overlaps && action.waitsFor.some((wait) => !done(open[rank].get(wait) ?? ''))) {
      if (action.waitsFor.some((wait) => open[rank].has(wait) && !done(open[rank].get(wait) ?? ''))) return false;
    }
    if (action.kind === 'receive') {
      const arrival = arrivals.get(`${action.peer} ${rank} ${tensorKey(action)}`);
      if (arrival === undefined || arrival > tick) return false;
    } else if (action.kind === 'send') arrivals.set(`${rank} ${action.peer} ${tensorKey(action)}`, tick + delay());
    else if ('group' in action) {
      let key = open[rank].get(at[rank]);
      if (key === undefined) {
        key = groupKey(rank, action);
        open[rank].set(at[rank], key);
        const state = joined.get(key) ?? { ranks: new Set<number>(), count: action.group.length };
        state.ranks.add(rank);
        joined.set(key, state);
      }
      if (!action.overlaps && !done(key)) return false;
    }
    at[rank]++;
    return true;
  };
  let idle = 0;
  while (idle < 12) {
    let moved = false;
    for (let rank = 0; rank < plans.length; rank++) while (step(rank)) moved = true;
    idle = moved ? 0 : idle + 1;
    tick++;
  }
  return plans.map(({ actions }, rank) => actions[at[rank]] ?? null);
}

test('every plan of a step runs to its end, whatever the messages take', () => {
  fc.assert(
    fc.property(sizes, ({ dp, pp, tp, zero, name, stagesPerRank, microBatches, bucketBytes, delays }) => {
      const mesh = { dp, pp, tp };
      const schedule = makeSchedule(name, { ranks: pp, stagesPerRank, microBatches });
      for (const mode of ['train', 'evaluate', 'local'] as const) {
        if (mode === 'local' && zero > 0) continue;
        const plans = plansOf(mesh, { schedule, zero: dp > 1 ? zero : 0, bucketBytes, mode });
        expect(simulate(plans, () => delays.next().value ?? 0)).toEqual(plans.map(() => null));
      }
    }),
    { numRuns: 60 },
  );
});

test('each pass of each micro-batch once, each message sent once, and no more activations than the schedule promises', () => {
  fc.assert(
    fc.property(sizes, ({ dp, pp, tp, zero, name, stagesPerRank, microBatches, bucketBytes }) => {
      const mesh = { dp, pp, tp };
      const schedule = makeSchedule(name, { ranks: pp, stagesPerRank, microBatches });
      const plans = plansOf(mesh, { schedule, zero: dp > 1 ? zero : 0, bucketBytes, mode: 'train' });
      const sent = new Map<string, number>();
      const received = new Map<string, number>();
      plans.forEach(({ actions, banks }, rank) => {
        const at = coordinatesOf(mesh, rank);
        const passes = new Map<string, number>();
        for (const action of actions) {
          if (action.kind === 'compute' && action.part === 0) {
            const key = `${action.stage} ${action.pass} ${action.microBatch}`;
            passes.set(key, (passes.get(key) ?? 0) + 1);
          }
          if (action.kind === 'send') sent.set(`${rank} ${action.peer} ${tensorKey(action)}`, action.bytes);
          if (action.kind === 'receive') received.set(`${action.peer} ${rank} ${tensorKey(action)}`, action.bytes);
        }
        expect([...passes.values()].every((count) => count === 1)).toBe(true);
        const forwards = [...passes.keys()].filter((key) => key.includes('forward')).length;
        const stages = Array.from({ length: stageCount(schedule) }, (_, stage) => stage);
        expect(forwards).toBe(microBatches * stages.filter((stage) => schedule.rankOfStage(stage) === at.pp).length);
        // A stage that is handed its input on the same rank gets it a moment before its turn: one more set at most.
        const local = stages.some(
          (stage) => stage > 0 && schedule.rankOfStage(stage) === schedule.rankOfStage(stage - 1),
        );
        const most = [...banks.values()].reduce((sum, count) => sum + count, 0);
        if (banks.size === 1) expect(most).toBeLessThanOrEqual(activationBound(schedule, at.pp) + (local ? 1 : 0));
      });
      expect(received).toEqual(sent);
    }),
    { numRuns: 60 },
  );
});

test('gradients of each unit travel over dp once a step, behind the backward pass, and the norm waits for all', () => {
  const mesh = { dp: 2, pp: 1, tp: 1 };
  const schedule = makeSchedule('gpipe', { ranks: 1, stagesPerRank: 1, microBatches: 3 });
  const units = ['root', 'h.0', 'h.1', 'h.2'].map((name) => ({
    name,
    bytes: unitBytes,
    replicatedBytes: 0,
    tiedBytes: 0,
  }));
  const shape: RankShape = { stages: [stageShape(0, 0, [0, 1, 2, 3], 1, false)], units, rootUnit: 0 };
  const { actions, buckets } = planRankActions(0, shape, { mesh, schedule, zero: 0, bucketBytes: 1, mode: 'train' });
  expect(buckets).toEqual([[3], [2], [1], [0]]);
  const reductions = actions.flatMap((action, index) =>
    action.kind === 'allReduce' && action.axis === 'dp' ? [index] : [],
  );
  expect(reductions).toHaveLength(4);
  // The first bucket leaves while the last micro-batch's backward pass goes on.
  const lastCompute = actions.findLastIndex(({ kind }) => kind === 'compute');
  expect(reductions.filter((index) => index < lastCompute)).toHaveLength(3);
  expect(reductions.every((index) => actions[index].overlaps)).toBe(true);
  const norm = actions.find(({ kind }) => kind === 'gradientNorm');
  expect(norm?.waitsFor).toEqual(reductions);
});

test('under ZeRO 3 a layer is gathered before it is used and the next one beside it', () => {
  const mesh = { dp: 2, pp: 1, tp: 1 };
  const schedule = makeSchedule('gpipe', { ranks: 1, stagesPerRank: 1, microBatches: 1 });
  const units = ['root', 'h.0', 'h.1'].map((name) => ({ name, bytes: unitBytes, replicatedBytes: 0, tiedBytes: 0 }));
  const shape: RankShape = { stages: [stageShape(0, 0, [0, 1, 2], 1, false)], units, rootUnit: 0 };
  const { actions } = planRankActions(0, shape, { mesh, schedule, zero: 3, bucketBytes: 1, mode: 'train' });
  const gathered = actions.flatMap((action) =>
    action.kind === 'allGather' && action.tensor.of === 'parameters' ? [action.tensor.unit] : [],
  );
  // Forward: root, 0, 1; backward begins with 1, which is still there, then 0; the root stays.
  expect(gathered).toEqual([0, 1, 2, 1]);
  actions.forEach((action, index) => {
    for (const wait of action.waitsFor) expect(wait).toBeLessThan(index);
  });
});

test('the ranks of a tied embedding are those of the first and the last stage', () => {
  const mesh = { dp: 2, pp: 2, tp: 1 };
  const schedule = makeSchedule('1f1b', { ranks: 2, stagesPerRank: 1, microBatches: 2 });
  const plans = plansOf(mesh, { schedule, zero: 0, bucketBytes: 1, mode: 'train' });
  plans.forEach(({ actions }, rank) => {
    const tied = actions.flatMap((action) => ('axis' in action && action.axis === 'tied' ? [action.group] : []));
    const { dp } = coordinatesOf(mesh, rank);
    expect(tied).toEqual([[rankOf(mesh, { pp: 0, dp, tp: 0 }), rankOf(mesh, { pp: 1, dp, tp: 0 })]]);
    expect(groupOf(mesh, rank, 'pp')).toEqual(tied[0]);
  });
});
