// Runs the actions of a StepPlan as discrete events, on costs that somebody else knows: the one simulator, for a page and for a cluster.
// It decides no order (that is the plan's) and no cost, and draws nothing.

import { LabError } from '../core/errors';
import type { GroupCollective, PlanAction } from '../parallel/stepPlan';
import { SharedDevice } from './sharedDevice';

/** Actions to run. Where ranks are alike, some stand for all: a group's members that are not here count as being as early as those that are. */
export interface SimulatedActions {
  /** Ranks that are run, by their number in the mesh. */
  readonly ranks: readonly number[];
  /** actions[i] of ranks[i], in execution order. */
  readonly actions: readonly (readonly PlanAction[])[];
}

export interface StepTiming {
  /** Milliseconds of the rank's own work for an action: a computation, or what an exchange takes of it before and after. */
  workMs(rank: number, action: PlanAction): number;
  /** Milliseconds of an exchange once all that take part are there; 0 for what is no exchange. */
  exchangeMs(rank: number, action: PlanAction): number;
  /** Ranks of one device share it: a kernel of each in turn. Left out: each rank has its own. */
  readonly shared?: {
    deviceOf(rank: number): number;
    /** The kernels of what workMs is the whole of. */
    kernelsMs(rank: number, action: PlanAction): readonly number[];
  };
}

export interface SimulatedRank {
  readonly rank: number;
  /** By index of the action. */
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  /** Of that, waiting for other ranks; only where the rank does nothing else meanwhile. */
  readonly waitMs: Float64Array;
}

export interface SimulatedStep {
  readonly ranks: readonly SimulatedRank[];
  /** From the first start to the last end. */
  readonly spanMs: number;
}

const UNKNOWN = -1;

/** One action of an exchange that several ranks must come to. */
interface Meeting {
  /** Of the members that are run. */
  readonly expected: number;
  readonly arrived: { readonly run: RankRun; readonly action: number }[];
  latestMs: number;
}

interface Link {
  readonly queue: { readonly action: number; readonly issuedMs: number }[];
  freeMs: number;
}

class RankRun {
  next = 0;
  /** When its own sequence of work is free. */
  clockMs = 0;
  /** Exchanges beside computation, by what they travel over: one after another, in the order in which the rank came to them. */
  readonly links = new Map<string, Link>();
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  readonly waitMs: Float64Array;
  /** How often it has come to an exchange of each group, so that the same call meets the same call. */
  readonly calls = new Map<string, number>();
  /** The rank's own work for the current action is done, or under way on the device. */
  worked = false;
  /** The device is at it. */
  busy = false;
  /** It has come to the current action's exchange. */
  met = false;
  queued = false;

  constructor(
    readonly rank: number,
    readonly actions: readonly PlanAction[],
  ) {
    this.startMs = new Float64Array(actions.length).fill(UNKNOWN);
    this.endMs = new Float64Array(actions.length).fill(UNKNOWN);
    this.waitMs = new Float64Array(actions.length);
  }

  /** The end of what `action` waits for, or UNKNOWN while some of it has not ended. */
  waitsEndMs({ waitsFor }: PlanAction): number {
    let latest = 0;
    for (const index of waitsFor) {
      const end = this.endMs[index];
      if (end === UNKNOWN) return UNKNOWN;
      if (end > latest) latest = end;
    }
    return latest;
  }
}

/**
 * When every action begins and ends. A rank does its actions in their order; those that overlap run on its link, one after another, beside
 * what follows.
 * @throws LabError `internal` where ranks wait for each other for ever
 */
export function simulateStep({ ranks, actions }: SimulatedActions, timing: StepTiming): SimulatedStep {
  const runs = ranks.map((rank, index) => new RankRun(rank, actions[index]));
  const byRank = new Map(runs.map((run) => [run.rank, run]));
  const sentAt = new Map<string, number>();
  const waitingFor = new Map<string, RankRun>();
  const meetings = new Map<string, Meeting>();
  const devices = new Map<number, SharedDevice<RankRun>>();
  const ready: RankRun[] = [...runs];
  for (const run of ready) run.queued = true;

  const wake = (run: RankRun): void => {
    if (run.queued) return;
    run.queued = true;
    ready.push(run);
  };
  const sharedDevice = (rank: number): SharedDevice<RankRun> | null => {
    const id = timing.shared?.deviceOf(rank);
    if (id === undefined) return null;
    let device = devices.get(id);
    if (!device) {
      device = new SharedDevice<RankRun>();
      devices.set(id, device);
    }
    return device;
  };

  /** Ends the exchange of all that met. */
  const close = ({ arrived, latestMs }: Meeting): void => {
    for (const { run, action: index } of arrived) {
      const action = run.actions[index];
      const endMs = latestMs + timing.exchangeMs(run.rank, action);
      run.endMs[index] = endMs;
      if (action.overlaps) linkOf(run, action).freeMs = endMs;
      else {
        run.waitMs[index] = latestMs - run.startMs[index];
        run.clockMs = endMs;
      }
      wake(run);
    }
  };
  const meet = (run: RankRun, index: number, { axis, group }: GroupAction, atMs: number): void => {
    const name = `${axis} ${group[0]} ${run.actions[index].overlaps ? 'beside' : 'in line'}`;
    const count = run.calls.get(name) ?? 0;
    run.calls.set(name, count + 1);
    const key = `${name} ${count}`;
    let meeting = meetings.get(key);
    if (!meeting) {
      meeting = { expected: group.filter((member) => byRank.has(member)).length, arrived: [], latestMs: 0 };
      meetings.set(key, meeting);
    }
    meeting.arrived.push({ run, action: index });
    meeting.latestMs = Math.max(meeting.latestMs, atMs);
    if (meeting.arrived.length < meeting.expected) return;
    meetings.delete(key);
    close(meeting);
  };

  /** Begins the exchange at the head of each link for as long as that can be. */
  const pump = (run: RankRun): void => {
    for (const link of run.links.values()) {
      for (let head = link.queue[0]; head !== undefined; head = link.queue[0]) {
        const { action: index, issuedMs } = head;
        const action = run.actions[index];
        if (run.startMs[index] === UNKNOWN) {
          const waits = run.waitsEndMs(action);
          if (waits === UNKNOWN) break;
          run.startMs[index] = Math.max(issuedMs, waits, link.freeMs) + timing.workMs(run.rank, action);
          if (isGroupAction(action)) meet(run, index, action, run.startMs[index]);
          else if (action.kind === 'send') {
            const endMs = run.startMs[index] + timing.exchangeMs(run.rank, action);
            run.endMs[index] = endMs;
            link.freeMs = endMs;
            const key = messageKey(action.tensor, run.rank, action.peer);
            sentAt.set(key, endMs);
            const receiver = waitingFor.get(key);
            if (receiver) wake(receiver);
          }
        }
        if (run.endMs[index] === UNKNOWN) break;
        link.queue.shift();
      }
    }
  };

  /** Does the rank's next action as far as it can be done. @returns whether it is over, for the sequence of the rank's own work. */
  const step = (run: RankRun): boolean => {
    const index = run.next;
    const action = run.actions[index];
    if (action.overlaps) {
      linkOf(run, action).queue.push({ action: index, issuedMs: run.clockMs });
      pump(run);
      return true;
    }
    if (run.startMs[index] === UNKNOWN) {
      const waits = run.waitsEndMs(action);
      if (waits === UNKNOWN) return false;
      run.startMs[index] = run.clockMs;
      // It waited for exchanges of its own, whose ends are others' doing.
      run.waitMs[index] = Math.max(0, waits - run.clockMs);
      run.clockMs = Math.max(run.clockMs, waits);
      run.worked = false;
    }
    if (!run.worked) {
      run.worked = true;
      const workMs = timing.workMs(run.rank, action);
      const device = workMs > 0 ? sharedDevice(run.rank) : null;
      if (device) {
        device.give(run, run.clockMs, timing.shared?.kernelsMs(run.rank, action) ?? [workMs]);
        run.busy = true;
        return false;
      }
      run.clockMs += workMs;
    }
    if (run.busy) return false;
    if (isGroupAction(action)) {
      if (!run.met) {
        run.met = true;
        meet(run, index, action, run.clockMs);
      }
      if (run.endMs[index] === UNKNOWN) return false;
      run.met = false;
      return true;
    }
    if (action.kind === 'receive' && byRank.has(action.peer)) {
      const key = messageKey(action.tensor, action.peer, run.rank);
      const arrivedMs = sentAt.get(key);
      if (arrivedMs === undefined) {
        waitingFor.set(key, run);
        return false;
      }
      waitingFor.delete(key);
      run.waitMs[index] += Math.max(0, arrivedMs - run.clockMs);
      run.clockMs = Math.max(run.clockMs, arrivedMs);
    }
    run.endMs[index] = run.clockMs;
    return true;
  };

  for (;;) {
    for (let run = ready.pop(); run !== undefined; run = ready.pop()) {
      run.queued = false;
      pump(run);
      while (run.next < run.actions.length && step(run)) run.next++;
    }
    let soonest: SharedDevice<RankRun> | null = null;
    let atMs = Number.POSITIVE_INFINITY;
    for (const device of devices.values()) {
      const nextMs = device.nextMs();
      if (nextMs < atMs) {
        atMs = nextMs;
        soonest = device;
      }
    }
    if (soonest === null) break;
    const run = soonest.advance(atMs);
    if (run === null) continue;
    run.clockMs = atMs;
    run.busy = false;
    wake(run);
  }
  refuseStuck(runs);
  return {
    ranks: runs.map(({ rank, startMs, endMs, waitMs }) => ({ rank, startMs, endMs, waitMs })),
    spanMs: runs.reduce((latest, { endMs }) => endMs.reduce((a, b) => Math.max(a, b), latest), 0),
  };
}

type GroupAction = Extract<PlanAction, { kind: GroupCollective }>;

function isGroupAction(action: PlanAction): action is GroupAction {
  return action.kind === 'allReduce' || action.kind === 'reduceScatter' || action.kind === 'allGather';
}

/** Exchanges over different axes do not wait for each other. */
function linkOf(run: RankRun, action: PlanAction): Link {
  const name = isGroupAction(action) ? action.axis : 'pp';
  let link = run.links.get(name);
  if (!link) {
    link = { queue: [], freeMs: 0 };
    run.links.set(name, link);
  }
  return link;
}

function messageKey(tensor: Extract<PlanAction, { kind: 'send' }>['tensor'], from: number, to: number): string {
  const place =
    tensor.of === 'activation' || tensor.of === 'activationGradient' ? `${tensor.stage} ${tensor.microBatch}` : '';
  return `${tensor.of} ${place} ${from} ${to}`;
}

function refuseStuck(runs: readonly RankRun[]): void {
  const stuck = runs.filter(({ endMs }) => endMs.includes(UNKNOWN));
  if (stuck.length === 0) return;
  throw new LabError({
    code: 'internal',
    message: 'The plan cannot finish.',
    why: stuck
      .map(
        ({ rank, next, actions }) =>
          `rank ${rank} waits for ever at action ${next} (${actions[next]?.kind ?? 'its end'})`,
      )
      .join('; '),
  });
}
