// Which action of which rank another belongs to: a receive to its send, a collective to the same call on its peers, and what each waits for.
// Pure; read off the plan alone.

import type { PlanAction, StepPlan } from './stepPlan';

/** An action by its rank and its index in that rank's list. */
export interface ActionPlace {
  readonly rank: number;
  readonly index: number;
}

export class PlanLinks {
  private readonly lists: ReadonlyMap<number, readonly PlanAction[]>;
  private readonly twins = new Map<PlanAction, ActionPlace>();
  private readonly calls = new Map<PlanAction, ActionPlace[]>();

  /** @param ranks the ranks that plan.actions are of, in its order; all of the mesh where left out */
  constructor(plan: StepPlan, ranks: readonly number[] = plan.actions.map((_, rank) => rank)) {
    this.lists = new Map(ranks.map((rank, place) => [rank, plan.actions[place] ?? []]));
    const messages = new Map<string, { send?: ActionPlace; receive?: ActionPlace }>();
    const meetings = new Map<string, ActionPlace[]>();
    for (const [rank, actions] of this.lists) {
      const counts = new Map<string, number>();
      actions.forEach((action, index) => {
        const place = { rank, index };
        if (action.kind === 'send' || action.kind === 'receive') {
          const [from, to] = action.kind === 'send' ? [rank, action.peer] : [action.peer, rank];
          const key = `${JSON.stringify(action.tensor)} ${from} ${to}`;
          messages.set(key, { ...messages.get(key), [action.kind]: place });
        } else if ('group' in action) {
          // Ranks of a group come to its calls in one order; those beside computation have an order of their own.
          const name = `${action.axis} ${action.group.join(' ')} ${action.overlaps}`;
          const count = counts.get(name) ?? 0;
          counts.set(name, count + 1);
          const key = `${name} #${count}`;
          const members = meetings.get(key) ?? [];
          meetings.set(key, members);
          members.push(place);
          this.calls.set(action, members);
        }
      });
    }
    for (const { send, receive } of messages.values()) {
      if (send === undefined || receive === undefined) continue;
      this.remember(send, receive);
      this.remember(receive, send);
    }
  }

  action({ rank, index }: ActionPlace): PlanAction | undefined {
    return this.lists.get(rank)?.[index];
  }

  /** The send of a receive, or the receive of a send. */
  twin(place: ActionPlace): ActionPlace | null {
    const action = this.action(place);
    return action === undefined ? null : (this.twins.get(action) ?? null);
  }

  /** The same collective call on all ranks that are known, itself included; empty for what is no collective. */
  call(place: ActionPlace): readonly ActionPlace[] {
    const action = this.action(place);
    return action === undefined ? [] : (this.calls.get(action) ?? []);
  }

  /** What must have ended before it can: earlier exchanges of its own rank, the message's send, its peers' part of a collective. */
  needs(place: ActionPlace): ActionPlace[] {
    const action = this.action(place);
    if (action === undefined) return [];
    const own = action.waitsFor.map((index) => ({ rank: place.rank, index }));
    const send = action.kind === 'receive' ? this.twin(place) : null;
    const peers = this.call(place).filter(({ rank }) => rank !== place.rank);
    return [...own, ...(send === null ? [] : [send]), ...peers];
  }

  private remember(place: ActionPlace, twin: ActionPlace): void {
    const action = this.action(place);
    if (action !== undefined) this.twins.set(action, twin);
  }
}
