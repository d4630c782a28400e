// Where the ranks' time of one step goes, predicted and measured by the one rule. Pure.
// Of ranks times span: a rank that works computes; else, while an exchange of its own is under way, it communicates; else it is in the bubble,
// waiting for others or with nothing to do (Narayanan et al. 2021, section 2.2: (p - 1) / (m + p - 1) of a step of 1F1B without exchanges).

import type { TraceEvent } from '../core/meshRecords';
import { type ActionPlace, PlanLinks } from './planLinks';
import type { StepPlan } from './stepPlan';
import { phaseOf } from './traceLayout';

/** They sum to 1; all 0 where nothing took time. */
export interface TimeShares {
  readonly compute: number;
  readonly communication: number;
  readonly bubble: number;
}

export const sharesNames = ['compute', 'communication', 'bubble'] as const satisfies readonly (keyof TimeShares)[];

export interface StepShares extends TimeShares {
  readonly ranks: readonly (TimeShares & { readonly rank: number })[];
}

type Interval = readonly [from: number, to: number];

/** @param ranks the ranks that plan.actions are of, in its order; all of the mesh where left out */
export function stepShares(
  plan: StepPlan,
  events: readonly TraceEvent[],
  ranks: readonly number[] = plan.actions.map((_, rank) => rank),
): StepShares {
  const links = new PlanLinks(plan, ranks);
  const known = events.filter((event) => links.action({ rank: event.rank, index: event.action }) !== undefined);
  const byPlace = new Map(known.map((event) => [`${event.rank} ${event.action}`, event]));
  const start = known.reduce((least, { startMs }) => Math.min(least, startMs), Number.POSITIVE_INFINITY);
  const end = known.reduce((most, { endMs }) => Math.max(most, endMs), Number.NEGATIVE_INFINITY);
  const span = Math.max(0, end - start);
  const working = new Map<number, Interval[]>(ranks.map((rank) => [rank, []]));
  const exchanging = new Map<number, Interval[]>(ranks.map((rank) => [rank, []]));
  /** An exchange is under way once all who take part are there: a message from its send on, a collective from the last to come. */
  const begunMs = (place: ActionPlace): number | null => {
    const twin = links.twin(place);
    const others = [
      ...links.call(place),
      ...(twin === null || links.action(place)?.kind === 'send' ? [] : [place, twin]),
    ];
    const starts = others.flatMap(({ rank, index }) => byPlace.get(`${rank} ${index}`)?.startMs ?? []);
    return starts.length === 0 ? null : Math.max(...starts);
  };
  for (const { rank, action: index, startMs, endMs, waitMs } of known) {
    const place = { rank, index };
    const action = links.action(place);
    if (action === undefined) continue;
    const from = Math.min(endMs, startMs + Math.max(0, waitMs));
    if (phaseOf(action) !== 'communication') working.get(rank)?.push([from, endMs]);
    else exchanging.get(rank)?.push([begunMs(place) ?? from, endMs]);
  }
  const shares = ranks.map((rank) => {
    const work = working.get(rank) ?? [];
    const compute = coveredMs(work);
    const busy = coveredMs([...work, ...(exchanging.get(rank) ?? [])]);
    const share = (ms: number): number => (span === 0 ? 0 : ms / span);
    return { rank, compute: share(compute), communication: share(busy - compute), bubble: share(span - busy) };
  });
  const mean = (name: keyof TimeShares): number =>
    shares.length === 0 ? 0 : shares.reduce((sum, share) => sum + share[name], 0) / shares.length;
  return { compute: mean('compute'), communication: mean('communication'), bubble: mean('bubble'), ranks: shares };
}

/** Length of the union. */
function coveredMs(intervals: readonly Interval[]): number {
  let covered = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const [from, to] of intervals.toSorted((a, b) => a[0] - b[0])) {
    if (to <= until || to <= from) continue;
    covered += to - Math.max(from, until);
    until = to;
  }
  return covered;
}
