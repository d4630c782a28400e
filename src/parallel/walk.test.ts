// A step replayed: nothing comes before what it needs, no rank holds more than its schedule promises, and nothing is left behind.

import { describe, expect, test } from 'vitest';
import { scheduleNames } from '../core/runConfig';
import { plannedStep, simulatedEvents } from '../testing/plannedMesh';
import { coordinatesOf } from './mesh';
import { activationBound } from './schedules/makeSchedule';
import { Walk } from './walk';

const timing = { workMs: () => 1, exchangeMs: () => 0.3 };

describe.each(
  scheduleNames.map((name) => [name, name === 'zbv' ? 2 : name === 'gpipe' || name === '1f1b' ? 1 : 2] as const),
)('%s', (name, stagesPerRank) => {
  const { plan, schedule, ranks } = plannedStep({ dp: 2, pp: 2, tp: 1 }, name, 4, { stagesPerRank });
  const walk = new Walk(plan, simulatedEvents(plan, timing));

  test('every action once, after what it needs', () => {
    expect(walk.moments).toHaveLength(plan.actions.flat().length);
    walk.moments.forEach((moment, at) => {
      for (const need of walk.needs(moment)) {
        const before = walk.find(need);
        expect(before).toBeGreaterThanOrEqual(0);
        // Members of one collective end together.
        if (!('group' in moment.action) || need.rank === moment.rank) expect(before).toBeLessThan(at);
      }
    });
  });

  test('a rank never holds more than its schedule promises, and at its fullest all its sets of activations', () => {
    const most = plan.actions.map(() => new Map<number, number>());
    const fullest = plan.actions.map(() => 0);
    for (let count = 0; count <= walk.moments.length; count++) {
      for (const { rank, activations } of walk.after(count)) {
        fullest[rank] = Math.max(fullest[rank] ?? 0, activations.length);
        expect(new Set(activations.map(({ stage, bank }) => `${stage} ${bank}`)).size).toBe(activations.length);
        for (const { stage } of activations) {
          const held = activations.filter((other) => other.stage === stage).length;
          most[rank]?.set(stage, Math.max(held, most[rank]?.get(stage) ?? 0));
        }
      }
    }
    ranks.forEach(({ banks }, rank) => {
      expect(most[rank]).toEqual(new Map(banks));
      const bound = activationBound(schedule, coordinatesOf(plan.mesh, rank).pp);
      // A stage's input may lie there already while the pass that makes room for it still runs.
      expect(fullest[rank]).toBeLessThanOrEqual(bound + (stagesPerRank > 1 ? 1 : 0));
    });
  });

  test('after the last action nothing is left behind', () => {
    for (const held of walk.after(walk.moments.length)) {
      expect(held).toMatchObject({ activations: [], gathered: [], underWay: 0, gradients: 'applied' });
      expect(held.passes).toBe(held.allPasses);
      expect(held.summed).toBe(held.allSummed);
    }
  });
});

test('before the first action every rank is empty; gradients go from cleared over partial to complete and applied', () => {
  const { plan } = plannedStep({ dp: 2, pp: 1, tp: 1 }, '1f1b', 2);
  const walk = new Walk(plan, simulatedEvents(plan, timing));
  const states: string[] = [];
  for (let count = 0; count <= walk.moments.length; count++) {
    const state = walk.after(count)[0]?.gradients ?? '';
    if (states.at(-1) !== state) states.push(state);
  }
  expect(states).toEqual(['cleared', 'partial', 'complete', 'applied']);
  expect(walk.after(0)[0]).toMatchObject({ activations: [], underWay: 0 });
});

test('under ZeRO 3 a unit is whole from its gather until nobody needs it', () => {
  const { plan } = plannedStep({ dp: 2, pp: 1, tp: 1 }, '1f1b', 1, { zero: 3 });
  const walk = new Walk(plan, simulatedEvents(plan, timing));
  const sizes = walk.moments.map((_, at) => walk.after(at + 1)[0]?.gathered.length ?? 0);
  expect(Math.max(...sizes)).toBeGreaterThan(0);
  expect(sizes.at(-1)).toBe(0);
});
