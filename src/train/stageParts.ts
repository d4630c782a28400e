// Cuts a lowered pass into parts where other ranks or other parameters come in: what the plan builder orders and the executor runs.
// Pure; it reads which tensors calls bind and moves nothing.

import type { ArenaLayout } from '../core/arena';
import { isCollective, type ProgramCall, type Tensor } from '../gpu/graph';
import type { PartShape } from '../parallel/rankShape';

/** A part, and which calls of its pass it is: [from, to), then the exchange at `to` where it has one. */
export interface StagePart extends PartShape {
  readonly from: number;
  readonly to: number;
}

export interface CutOptions {
  /** Parameters are gathered unit by unit: a part begins where a unit is first read. */
  readonly gathered: boolean;
  /** Gradients travel: a part ends where the last gradient of a unit is written. */
  readonly reduced: boolean;
}

function unitOf(layout: ArenaLayout, { storage }: Tensor, arena: 'parameters' | 'gradients'): number | null {
  if (storage.kind !== 'arena' || storage.arena !== arena) return null;
  const { offset } = storage;
  return layout.units.findIndex(({ start, end }) => offset >= start && offset < end);
}

/** Index of the first or last call that binds something of each unit's `arena`. */
function uses(
  calls: readonly ProgramCall[],
  layout: ArenaLayout,
  arena: 'parameters' | 'gradients',
  which: 'first' | 'last',
): Map<number, number> {
  const found = new Map<number, number>();
  calls.forEach((call, index) => {
    for (const tensor of Object.values(call.bind)) {
      const unit = unitOf(layout, tensor, arena);
      if (unit !== null && (which === 'last' || !found.has(unit))) found.set(unit, index);
    }
  });
  return found;
}

/** Units whose call of `found` is in [from, to). */
function unitsIn(found: ReadonlyMap<number, number>, from: number, to: number): number[] {
  return [...found].filter(([, at]) => at >= from && at < to).map(([unit]) => unit);
}

/** @param calls of one segment, in order */
export function cutParts(calls: readonly ProgramCall[], layout: ArenaLayout, options: CutOptions): StagePart[] {
  const firstReads = options.gathered ? uses(calls, layout, 'parameters', 'first') : new Map<number, number>();
  const lastWrites = options.reduced ? uses(calls, layout, 'gradients', 'last') : new Map<number, number>();
  const cuts = new Set<number>([calls.length]);
  for (const at of firstReads.values()) if (at > 0) cuts.add(at);
  for (const at of lastWrites.values()) cuts.add(at + 1);
  calls.forEach((call, index) => {
    if (isCollective(call)) cuts.add(index);
  });
  const parts: StagePart[] = [];
  let from = 0;
  for (const to of [...cuts].sort((a, b) => a - b)) {
    const next = to < calls.length ? calls[to] : undefined;
    const exchange = next && isCollective(next) ? next : null;
    const own = calls.slice(from, to);
    parts.push({
      from,
      to,
      flops: own.reduce((sum, call) => sum + call.flops, 0),
      bytes: own.reduce((sum, call) => sum + call.bytes, 0),
      needs: unitsIn(firstReads, from, to),
      completes: unitsIn(lastWrites, from, to),
      exchange: exchange && { collective: exchange.collective, bytes: exchange.bytes, label: exchange.label },
    });
    from = exchange ? to + 1 : to;
  }
  return parts;
}
