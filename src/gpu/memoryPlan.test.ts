// Slots by lifetime, as properties over random programs: no two tensors that are alive at once share a slot, and a slot holds its largest.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { byteLength, type KernelCall, type Tensor } from './graph';
import { mergeSlots, planMemory } from './memoryPlan';

/** Programs of calls on up to 12 tensors; a call binds up to 4 of them. */
const programs = fc
  .record({
    sizes: fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 12 }),
    kept: fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    uses: fc.array(fc.array(fc.nat(11), { minLength: 1, maxLength: 4 }), { maxLength: 30 }),
  })
  .map(({ sizes, kept, uses }): KernelCall[] => {
    const tensors = sizes.map(
      (size, id): Tensor => ({
        id,
        label: `t${id}`,
        shape: [size],
        type: 'f32',
        storage: { kind: 'slot', keep: kept[id] },
      }),
    );
    return uses.map((bound, index) => ({
      kernel: 'none',
      flags: {},
      overrides: {},
      params: {},
      workgroups: [1, 1, 1],
      flops: 0,
      bytes: 0,
      label: `call ${index}`,
      segment: 'forward',
      bind: Object.fromEntries(bound.map((at, i) => [`b${i}`, tensors[at % tensors.length]])),
    }));
  });

/** By tensor: first and last call that binds it; kept tensors live on. */
function lives(calls: readonly KernelCall[]): Map<Tensor, { first: number; last: number }> {
  const found = new Map<Tensor, { first: number; last: number }>();
  calls.forEach((call, index) => {
    for (const tensor of Object.values(call.bind)) {
      const keep = tensor.storage.kind === 'slot' && tensor.storage.keep;
      found.set(tensor, {
        first: found.get(tensor)?.first ?? index,
        last: keep ? Number.POSITIVE_INFINITY : index,
      });
    }
  });
  return found;
}

test('tensors alive at once never share a slot, and slots are large enough', () => {
  let shared = 0;
  fc.assert(
    fc.property(programs, (calls) => {
      const { slotBytes, slotOf, bytesWithoutReuse } = planMemory(calls);
      const all = [...lives(calls)];
      expect([...slotOf.keys()].sort()).toEqual(all.map(([tensor]) => tensor.id).sort());
      for (const [tensor, life] of all) {
        const slot = slotOf.get(tensor.id) ?? -1;
        expect(slotBytes[slot]).toBeGreaterThanOrEqual(byteLength(tensor));
        for (const [other, otherLife] of all) {
          if (other === tensor || slotOf.get(other.id) !== slot) continue;
          shared++;
          expect(life.last < otherLife.first || otherLife.last < life.first).toBe(true);
        }
      }
      const total = slotBytes.reduce((sum, bytes) => sum + bytes, 0);
      expect(total).toBeLessThanOrEqual(bytesWithoutReuse);
    }),
    { numRuns: 300 },
  );
  expect(shared, 'slots that were reused at all').toBeGreaterThan(0);
});

test('merged slots hold each plan: distinct slots stay distinct, each large enough', () => {
  fc.assert(
    fc.property(fc.array(programs, { minLength: 1, maxLength: 4 }), (many) => {
      const plans = many.map((calls) => planMemory(calls));
      const { slotBytes, slotMaps } = mergeSlots(plans);
      plans.forEach((plan, index) => {
        const map = slotMaps[index];
        expect(new Set(map).size).toBe(plan.slotBytes.length);
        plan.slotBytes.forEach((bytes, slot) => {
          expect(slotBytes[map[slot]]).toBeGreaterThanOrEqual(bytes);
        });
      });
      expect(slotBytes).toHaveLength(Math.max(...plans.map((plan) => plan.slotBytes.length)));
    }),
  );
});
