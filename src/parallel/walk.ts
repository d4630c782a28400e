// One step as a walk: its actions in the order in which they ended, and what each rank holds after each. Pure: replays the plan, with the
// events of a simulation or of a run for the order. Bytes are those of the plan; buffers are the allocator's business.

import type { TraceEvent } from '../core/meshRecords';
import { type ActionPlace, PlanLinks } from './planLinks';
import type { PlanAction, StepPlan } from './stepPlan';

export interface WalkMoment extends ActionPlace {
  readonly action: PlanAction;
  readonly event: TraceEvent;
}

export interface HeldActivation {
  readonly stage: number;
  readonly microBatch: number;
  readonly bank: number;
}

/** `cleared`: from the last step's, or to zero; `partial`: some of its own passes or sums are missing; `applied`: the weights have them. */
export type GradientState = 'cleared' | 'partial' | 'complete' | 'applied';

export interface RankHoldings {
  readonly rank: number;
  /** In the order in which they were taken. */
  readonly activations: readonly HeldActivation[];
  /** Units of parameters that are whole for now (ZeRO 3). */
  readonly gathered: readonly number[];
  /** Messages that it has sent and nobody has received yet. */
  readonly underWay: number;
  readonly gradients: GradientState;
  /** Gradient passes done, of all (stage, micro-batch) of the rank. */
  readonly passes: number;
  readonly allPasses: number;
  /** Gradient buckets summed over ranks, of all that travel. */
  readonly summed: number;
  readonly allSummed: number;
}

interface Effects {
  /** By index of the action: what it takes, gives back, adds. */
  readonly takes: ReadonlyMap<number, HeldActivation>;
  readonly frees: ReadonlyMap<number, HeldActivation>;
  readonly completes: ReadonlySet<number>;
  readonly sums: ReadonlySet<number>;
  /** From a gather's unit to the last action that needs it. */
  readonly releases: ReadonlyMap<number, readonly number[]>;
}

export class Walk {
  readonly moments: readonly WalkMoment[];
  private readonly links: PlanLinks;
  private readonly effects: ReadonlyMap<number, Effects>;

  /** @param ranks the ranks that plan.actions are of, in its order; all of the mesh where left out */
  constructor(
    plan: StepPlan,
    events: readonly TraceEvent[],
    private readonly ranks: readonly number[] = plan.actions.map((_, rank) => rank),
  ) {
    this.links = new PlanLinks(plan, ranks);
    this.effects = new Map(ranks.map((rank, place) => [rank, effectsOf(plan.actions[place] ?? [])]));
    const ended = events
      .flatMap((event): WalkMoment[] => {
        const place = { rank: event.rank, index: event.action };
        const action = this.links.action(place);
        return action === undefined ? [] : [{ ...place, action, event }];
      })
      .sort((a, b) => a.event.endMs - b.event.endMs || a.event.startMs - b.event.startMs || a.index - b.index);
    this.moments = this.ordered(ended);
  }

  /** What each rank holds once the first `count` moments are over, in order of rank. */
  after(count: number): RankHoldings[] {
    const ranks = new Map(this.ranks.map((rank) => [rank, new RankReplay(rank, this.effects.get(rank) ?? nothing)]));
    for (const moment of this.moments.slice(0, count)) {
      ranks.get(moment.rank)?.end(moment.index, moment.action);
      if (moment.action.kind === 'send') ranks.get(moment.rank)?.messages(1);
      const send = moment.action.kind === 'receive' ? this.links.twin(moment) : null;
      if (send !== null) ranks.get(send.rank)?.messages(-1);
    }
    return [...ranks.values()].map((rank) => rank.holdings());
  }

  /** The moment of an action, or -1. */
  find({ rank, index }: ActionPlace): number {
    return this.moments.findIndex((moment) => moment.rank === rank && moment.index === index);
  }

  needs(place: ActionPlace): ActionPlace[] {
    return this.links.needs(place);
  }

  /** By their ends, but nothing before what it needs: clocks of different ranks cannot always tell. */
  private ordered(ended: readonly WalkMoment[]): WalkMoment[] {
    const keyOf = ({ rank, index }: ActionPlace): string => `${rank} ${index}`;
    const waiting = new Map(ended.map((moment) => [keyOf(moment), moment]));
    const ordered: WalkMoment[] = [];
    const tell = (moment: WalkMoment): void => {
      if (!waiting.delete(keyOf(moment))) return;
      for (const need of this.links.needs(moment)) {
        const before = waiting.get(keyOf(need));
        // Members of one collective need each other, and end together.
        if (before !== undefined && (need.rank === moment.rank || !('group' in moment.action))) tell(before);
      }
      ordered.push(moment);
    };
    for (const moment of ended) tell(moment);
    return ordered;
  }
}

class RankReplay {
  private readonly activations: HeldActivation[] = [];
  private readonly gathered = new Set<number>();
  private passes = 0;
  private summed = 0;
  private underWay = 0;
  private applied = false;

  constructor(
    private readonly rank: number,
    private readonly effects: Effects,
  ) {}

  messages(more: number): void {
    this.underWay += more;
  }

  end(index: number, action: PlanAction): void {
    const { takes, frees, completes, sums, releases } = this.effects;
    const taken = takes.get(index);
    if (taken !== undefined) this.activations.push(taken);
    if (action.kind === 'allGather' && action.tensor.of === 'parameters' && action.tensor.unit !== 'all')
      this.gathered.add(action.tensor.unit);
    for (const unit of releases.get(index) ?? []) this.gathered.delete(unit);
    const freed = frees.get(index);
    const at = this.activations.findIndex(
      (held) => held.stage === freed?.stage && held.microBatch === freed.microBatch,
    );
    if (freed !== undefined && at >= 0) this.activations.splice(at, 1);
    if (completes.has(index)) this.passes++;
    if (sums.has(index)) this.summed++;
    if (action.kind === 'zeroGradients') this.applied = false;
    if (action.kind === 'optimizerStep' || action.kind === 'outerStep') this.applied = true;
  }

  holdings(): RankHoldings {
    const { completes, sums } = this.effects;
    const complete = this.passes === completes.size && this.summed === sums.size;
    return {
      rank: this.rank,
      activations: [...this.activations],
      gathered: [...this.gathered].sort((a, b) => a - b),
      underWay: Math.max(0, this.underWay),
      gradients: this.applied ? 'applied' : this.passes === 0 ? 'cleared' : complete ? 'complete' : 'partial',
      passes: this.passes,
      allPasses: completes.size,
      summed: this.summed,
      allSummed: sums.size,
    };
  }
}

const nothing: Effects = {
  takes: new Map(),
  frees: new Map(),
  completes: new Set(),
  sums: new Set(),
  releases: new Map(),
};

function effectsOf(actions: readonly PlanAction[]): Effects {
  const takes = new Map<number, HeldActivation>();
  const held = new Map<string, HeldActivation>();
  const lastPass = new Map<string, number>();
  const lastGradient = new Map<string, number>();
  const lastSum = new Map<number, number>();
  const lastNeed = new Map<number, number>();
  actions.forEach((action, index) => {
    const used = activationOf(action);
    if (used !== null) {
      const key = `${used.stage} ${used.microBatch}`;
      if (!held.has(key)) {
        held.set(key, used);
        takes.set(index, used);
      }
      if (action.kind === 'compute') {
        lastPass.set(key, index);
        if (action.pass === 'backward' || action.pass === 'weightGradient') lastGradient.set(key, index);
      }
    }
    if ('tensor' in action && action.tensor.of === 'gradients') lastSum.set(action.tensor.bucket, index);
    for (const gather of action.waitsFor) lastNeed.set(gather, index);
  });
  const frees = new Map<number, HeldActivation>();
  for (const [key, index] of lastPass) {
    const activation = held.get(key);
    if (activation !== undefined) frees.set(index, activation);
  }
  const releases = new Map<number, number[]>();
  for (const [gather, index] of lastNeed) {
    const action = actions[gather];
    if (action?.kind !== 'allGather' || action.tensor.of !== 'parameters' || action.tensor.unit === 'all') continue;
    releases.set(index, [...(releases.get(index) ?? []), action.tensor.unit]);
  }
  return { takes, frees, completes: new Set(lastGradient.values()), sums: new Set(lastSum.values()), releases };
}

/** The set of activations that an action is the first to need, or works on. */
function activationOf(action: PlanAction): HeldActivation | null {
  if (action.kind === 'compute') return { stage: action.stage, microBatch: action.microBatch, bank: action.bank };
  // What comes in for a forward pass lies in the set that the pass works on.
  if ((action.kind === 'receive' || action.kind === 'copy') && action.tensor.of === 'activation')
    return { stage: action.tensor.stage, microBatch: action.tensor.microBatch, bank: action.bank };
  return null;
}
