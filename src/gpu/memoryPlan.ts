// Assigns pooled slots to tensors by lifetime: two tensors share a slot only if no call needs both. Pure.
// A slot is a buffer of its own, since WebGPU refuses one buffer as both read and written in a dispatch even at disjoint ranges.

import { bufferBytes } from './bufferBytes';
import { byteLength, type ProgramCall, type Tensor } from './graph';

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
function lifetimes(calls: readonly ProgramCall[], kept: readonly Tensor[]): Lifetime[] {
  const byId = new Map<number, Lifetime>();
  calls.forEach((call, index) => {
    for (const tensor of Object.values(call.bind)) {
      if (tensor.storage.kind !== 'slot') continue;
      const known = byId.get(tensor.id);
      if (known) known.last = index;
      else byId.set(tensor.id, { tensor, first: tensor.storage.given ? 0 : index, last: index });
    }
  });
  const keptIds = new Set(kept.map(({ id }) => id));
  for (const life of byId.values())
    if (keptIds.has(life.tensor.id) || (life.tensor.storage.kind === 'slot' && life.tensor.storage.keep))
      life.last = Infinity;
  return [...byId.values()].sort((a, b) => a.first - b.first);
}

/**
 * Slots that hold something from one segment to another (an activation from forward to backward): while several micro-batches are under
 * way, each needs such slots of its own; the others serve all in turn.
 */
export function heldSlots(calls: readonly ProgramCall[], plan: MemoryPlan): ReadonlySet<number> {
  const held = new Set<number>();
  const segmentOf = new Map<number, string>();
  for (const { bind, segment } of calls) {
    for (const { id, storage } of Object.values(bind)) {
      const slot = plan.slotOf.get(id);
      if (slot === undefined) continue;
      const known = segmentOf.get(id);
      segmentOf.set(id, segment);
      if ((known !== undefined && known !== segment) || (storage.kind === 'slot' && storage.keep)) held.add(slot);
    }
  }
  return held;
}

/**
 * Best fit over free slots; where none is large enough the largest free one grows.
 * @param kept tensors that survive the program, beside those that were applied with `keep`
 */
export function planMemory(calls: readonly ProgramCall[], kept: readonly Tensor[] = []): MemoryPlan {
  const slotBytes: number[] = [];
  const freeFrom: number[] = [];
  const slotOf = new Map<number, number>();
  let bytesWithoutReuse = 0;
  for (const { tensor, first, last } of lifetimes(calls, kept)) {
    const need = bufferBytes(byteLength(tensor));
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
