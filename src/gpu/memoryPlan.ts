// Assigns pooled slots to tensors by lifetime: two tensors share a slot only if no call needs both. Pure.
// A slot is a buffer of its own, since WebGPU refuses one buffer as both read and written in a dispatch even at disjoint ranges.

import { byteLength, type KernelCall, type Tensor } from './graph';

export interface MemoryPlan {
  /** Bytes of each slot. */
  readonly slotBytes: readonly number[];
  /** Slot index by tensor id. */
  readonly slotOf: ReadonlyMap<number, number>;
  /** Sum over tensors without reuse, to show what reuse saves. */
  readonly bytesWithoutReuse: number;
}

interface Lifetime {
  readonly tensor: Tensor;
  readonly first: number;
  last: number;
}

/** Lifetimes of slot tensors over `calls`, in order of first use. */
function lifetimes(calls: readonly KernelCall[]): Lifetime[] {
  const byId = new Map<number, Lifetime>();
  calls.forEach((call, index) => {
    for (const tensor of Object.values(call.bind)) {
      if (tensor.storage.kind !== 'slot') continue;
      const known = byId.get(tensor.id);
      if (known) known.last = index;
      else byId.set(tensor.id, { tensor, first: index, last: index });
    }
  });
  for (const life of byId.values())
    if (life.tensor.storage.kind === 'slot' && life.tensor.storage.keep) life.last = Infinity;
  return [...byId.values()];
}

/** Best fit over free slots; where none is large enough the largest free one grows. */
export function planMemory(calls: readonly KernelCall[]): MemoryPlan {
  const slotBytes: number[] = [];
  const freeFrom: number[] = [];
  const slotOf = new Map<number, number>();
  let bytesWithoutReuse = 0;
  for (const { tensor, first, last } of lifetimes(calls)) {
    const need = Math.max(16, Math.ceil(byteLength(tensor) / 16) * 16);
    bytesWithoutReuse += need;
    let best = -1;
    let largest = -1;
    for (let slot = 0; slot < slotBytes.length; slot++) {
      if (freeFrom[slot] > first) continue;
      if (slotBytes[slot] >= need && (best === -1 || slotBytes[slot] < slotBytes[best])) best = slot;
      if (largest === -1 || slotBytes[slot] > slotBytes[largest]) largest = slot;
    }
    let slot = best !== -1 ? best : largest;
    if (slot === -1) slot = slotBytes.push(0) - 1;
    slotBytes[slot] = Math.max(slotBytes[slot], need);
    freeFrom[slot] = last + 1;
    slotOf.set(tensor.id, slot);
  }
  return { slotBytes, slotOf, bytesWithoutReuse };
}

/** Slots that serve several plans which never run at once: the i-th largest of each share a buffer. */
export function mergeSlots(plans: readonly MemoryPlan[]): {
  readonly slotBytes: readonly number[];
  readonly slotMaps: readonly (readonly number[])[];
} {
  const slotBytes: number[] = [];
  const slotMaps = plans.map((plan) => {
    const order = plan.slotBytes.map((_, slot) => slot).sort((a, b) => plan.slotBytes[b] - plan.slotBytes[a]);
    const map: number[] = new Array<number>(order.length);
    order.forEach((slot, rank) => {
      map[slot] = rank;
      slotBytes[rank] = Math.max(slotBytes[rank] ?? 0, plan.slotBytes[slot]);
    });
    return map;
  });
  return { slotBytes, slotMaps };
}
