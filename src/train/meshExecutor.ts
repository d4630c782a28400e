// Runs one rank's actions of a plan, in order, on its programs and links: the one place where a plan of several ranks turns into work.
// Exchanges that overlap run beside what follows until somebody waits for them. It must not know which strategy made the plan.

import { LabError } from '../core/errors';
import type { CommandStream } from '../gpu/commandStream';
import type { BufferRange, ReadyCollective, ReadyDispatch } from '../gpu/program';
import type { RankMemory } from '../gpu/rankMemory';
import { cargoOf } from '../parallel/cargo';
import { receive, send } from '../parallel/collectives/pointToPoint';
import type { ComputePass, GroupAction, PlanAction } from '../parallel/stepPlan';
import type { GradientBuckets } from './gradientBuckets';
import type { MeshLinks } from './meshLinks';
import { poolBuffersOf } from './meshMemory';
import type { MeshRankPlan } from './meshRankPlan';
import type { ParameterGather } from './parameterGather';
import { exchangePart, type PartTensor } from './partExchange';
import type { ReplicaMeeting } from './replicaMeeting';
import type { Staging } from './staging';

/** A part of a pass, ready to run. */
export interface ReadyPart {
  /** Units whose parameters it is the first of its pass to read. */
  readonly needs: readonly number[];
  readonly dispatches: readonly ReadyDispatch[];
  /** What tensor-parallel ranks exchange after it. */
  readonly exchange: ReadyCollective | null;
}

/** One set of a stage's activations, bound to the stage's programs. */
export interface StageBank {
  readonly parts: Readonly<Record<ComputePass, readonly ReadyPart[]>>;
  readonly input: BufferRange | null;
  readonly output: BufferRange | null;
  readonly inputGradient: BufferRange | null;
  readonly outputGradient: BufferRange | null;
}

export interface MeshWork {
  readonly plan: MeshRankPlan;
  readonly device: GPUDevice;
  readonly memory: RankMemory;
  readonly links: MeshLinks;
  readonly staging: Staging;
  readonly buckets: GradientBuckets;
  readonly gather: ParameterGather;
  readonly meeting: ReplicaMeeting;
  /** Null outside asynchronous training. */
  readonly service: ServiceLink | null;
  readonly stream: () => CommandStream;
  readonly bank: (stage: number, bank: number) => StageBank;
  /** Puts a micro-batch's tokens and step values in place for a stage. */
  readonly beginMicroBatch: (stage: number, bank: number, microBatch: number) => void;
  readonly norm: readonly ReadyDispatch[];
  readonly optimizer: readonly ReadyDispatch[];
  /** Sums loss, norm and non-finite count over the group, and leaves the totals for the optimiser. */
  readonly scalars: (action: PlanAction) => Promise<void>;
  /** What an action took, for the trace; times on the clock of the links. */
  readonly trace: ((event: ActionTimes) => void) | null;
  /** Times what runs on the device until the device has done it: such a step ends only when the device is at rest. */
  readonly timeDevice: boolean;
}

/** The asynchronous service as a worker of it sees it; `peer` is an owner of weights. */
export interface ServiceLink {
  /** Resolves when the peer's part of the weights is where the programs read it. */
  readonly pull: (peer: number) => Promise<void>;
  /** Resolves when the peer's part of the gradient is on its way. */
  readonly push: (peer: number) => Promise<void>;
}

export interface ActionTimes {
  readonly action: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly waitMs: number;
  readonly bytes: number;
}

export async function executeMeshActions(actions: readonly PlanAction[], work: MeshWork): Promise<void> {
  const pending = new Map<number, Promise<void>>();
  const now = work.links.endpoint.now;
  let failure: { readonly reason: unknown } | null = null;
  /** When the device is done with what it was given last; at once where nobody asks. */
  let worked: Promise<number> = Promise.resolve(0);
  try {
    for (const [index, action] of actions.entries()) {
      const startMs = now();
      const waitBefore = work.links.ledger.waitMs;
      const waits = Promise.all(action.waitsFor.map((at) => pending.get(at) ?? Promise.resolve()));
      /** An exchange begins when those that it waits for are over, and the device is done with the values that leave it. */
      let readyMs = startMs;
      (readsDevice(action) ? Promise.all([waits, worked]) : waits).then(
        () => {
          readyMs = now();
        },
        () => undefined,
      );
      const note = (): void => {
        const endMs = now();
        work.trace?.({
          action: index,
          startMs: Math.min(readyMs, endMs),
          endMs,
          waitMs: action.overlaps ? 0 : work.links.ledger.waitMs - waitBefore,
          bytes: 'bytes' in action ? action.bytes : 0,
        });
      };
      if (action.overlaps) {
        const running = (await start(action, work, waits)).done.then(note);
        running.catch(() => undefined);
        pending.set(index, running);
      } else {
        await waits;
        const releasedMs = now();
        await run(action, work);
        if (!work.timeDevice || !runsOnDevice(action)) note();
        else {
          const before = worked;
          worked = Promise.all([before, work.device.queue.onSubmittedWorkDone()]).then(([freeMs]) => {
            const endMs = now();
            // Before that it stood in the queue behind the actions given earlier; and until exchanges of its own were over, nothing ran.
            const queuedMs = Math.max(startMs, freeMs);
            const waitMs = Math.max(0, releasedMs - queuedMs);
            work.trace?.({ action: index, startMs: queuedMs, endMs, waitMs, bytes: 0 });
            return endMs;
          });
          worked.catch(() => undefined);
        }
      }
    }
  } catch (reason) {
    failure = { reason };
  }
  // An exchange that nobody waited for must end before the next step; where one failed, that is the step's error.
  for (const result of await Promise.allSettled([...pending.values(), worked]))
    if (result.status === 'rejected') failure ??= { reason: result.reason };
  if (failure) throw failure.reason;
}

/** What it sends comes from the device; a bucket has left it with the first exchange of its round. */
function readsDevice(action: PlanAction): boolean {
  if (action.kind === 'send') return true;
  if (action.kind !== 'allReduce' && action.kind !== 'reduceScatter' && action.kind !== 'allGather') return false;
  return action.tensor.of !== 'gradients' || action.tensor.first;
}

function runsOnDevice({ kind }: PlanAction): boolean {
  return kind === 'compute' || kind === 'gradientNorm' || kind === 'optimizerStep';
}

/**
 * Starts an exchange that runs beside what follows. What it takes from the GPU is taken as the queue has it now.
 * @returns once that is queued, the end of the exchange.
 */
async function start(
  action: PlanAction,
  work: MeshWork,
  waits: Promise<unknown>,
): Promise<{ readonly done: Promise<void> }> {
  const { links, buckets, staging } = work;
  if (action.kind === 'send') {
    const { stage, microBatch } = boundary(action.tensor);
    const range =
      action.tensor.of === 'activation'
        ? work.bank(stage - 1, action.bank).output
        : work.bank(stage, action.bank).inputGradient;
    const data = staging.read([required(range, 'what a stage sends')]);
    return { done: sendBoundary(action, links, `${stage}.${microBatch}`, data) };
  }
  if (action.kind === 'allReduce' || action.kind === 'reduceScatter' || action.kind === 'allGather') {
    const group = links.group(action.axis, action.group);
    if (action.tensor.of === 'parameters' && action.tensor.unit !== 'all')
      return { done: work.gather.start(action.tensor.unit, group) };
    if (action.tensor.of === 'gradients') {
      if (action.tensor.first) {
        await waits;
        buckets.take(action.tensor.bucket);
      }
      return { done: waits.then(() => buckets.exchange(action, group)) };
    }
    if (action.tensor.of === 'change') return { done: work.meeting.exchange(action.tensor, group) };
  }
  throw new LabError({ code: 'internal', message: `${action.kind} cannot run beside others` });
}

async function sendBoundary(
  action: Extract<PlanAction, { kind: 'send' }>,
  links: MeshLinks,
  key: string,
  data: Promise<Float32Array>,
): Promise<void> {
  const what = cargoOf(action.tensor);
  send(links.group('pp'), action.peer, await data, { what, key });
}

async function run(action: PlanAction, work: MeshWork): Promise<void> {
  switch (action.kind) {
    case 'zeroGradients':
      return zeroGradients(work);
    case 'compute':
      return compute(action, work);
    case 'receive':
      return take(action, work);
    case 'copy':
      return copy(action, work);
    case 'gradientNorm':
      await work.buckets.putBack();
      return dispatch(work, work.norm);
    case 'optimizerStep':
      return dispatch(work, work.optimizer);
    case 'outerStep':
      return work.meeting.finish(action.outcome);
    case 'pull':
      return required(work.service, 'weights of others').pull(action.peer);
    case 'push':
      return required(work.service, 'a gradient of others').push(action.peer);
    case 'allReduce':
    case 'reduceScatter':
    case 'allGather':
      if (action.tensor.of === 'scalars') return work.scalars(action);
      if (action.tensor.of === 'part') return exchangeAfter(action, action.tensor, work);
      if (action.tensor.of === 'parameters') return work.gather.all(work.links.group(action.axis, action.group));
      throw new LabError({ code: 'internal', message: `Nothing exchanges ${action.tensor.of} in line` });
    case 'send':
      throw new LabError({ code: 'internal', message: 'A send never holds up what follows' });
  }
}

function required<T>(thing: T | null, what: string): T {
  if (thing === null) throw new LabError({ code: 'internal', message: `There is no place for ${what}` });
  return thing;
}

function boundary(tensor: Extract<PlanAction, { kind: 'send' }>['tensor']): { stage: number; microBatch: number } {
  if (tensor.of === 'activation' || tensor.of === 'activationGradient') return tensor;
  throw new LabError({ code: 'internal', message: `Stages do not exchange ${tensor.of}` });
}

function dispatch(work: MeshWork, dispatches: readonly ReadyDispatch[]): void {
  const stream = work.stream();
  stream.run(dispatches);
  stream.submit();
}

function zeroGradients({ plan, memory, stream, buckets, gather }: MeshWork): void {
  buckets.begin();
  gather.begin();
  const commands = stream();
  commands.clear(memory.arena('gradients'));
  for (const buffer of poolBuffersOf(memory, plan, 'gradients')) commands.clear(buffer);
  commands.clear(memory.buffer('metrics'));
  commands.submit();
}

async function compute(action: Extract<PlanAction, { kind: 'compute' }>, work: MeshWork): Promise<void> {
  const { needs, dispatches } = partAt(work, action.bank, action);
  if (action.pass === 'forward' && action.part === 0)
    work.beginMicroBatch(action.stage, action.bank, action.microBatch);
  for (const unit of needs) await work.gather.place(unit);
  dispatch(work, dispatches);
}

async function exchangeAfter(action: GroupAction, tensor: PartTensor, work: MeshWork): Promise<void> {
  const bank = required(action.bank, 'what a part exchanges');
  const exchange = required(partAt(work, bank, tensor).exchange, 'what a part exchanges');
  return exchangePart(exchange, tensor, work.links.group(action.axis, action.group), work);
}

function partAt(
  work: MeshWork,
  bank: number,
  { stage, pass, part }: { readonly stage: number; readonly pass: ComputePass; readonly part: number },
): ReadyPart {
  const ready = work.bank(stage, bank).parts[pass].at(part);
  if (ready) return ready;
  throw new LabError({ code: 'internal', message: `Stage ${stage} has no part ${part} of ${pass}` });
}

async function take(action: Extract<PlanAction, { kind: 'receive' }>, work: MeshWork): Promise<void> {
  const { stage, microBatch } = boundary(action.tensor);
  const forward = action.tensor.of === 'activation';
  const target = forward ? work.bank(stage, action.bank).input : work.bank(stage - 1, action.bank).outputGradient;
  const { buffer, offset } = required(target, 'what a stage receives');
  const what = cargoOf(action.tensor);
  const options = { what, key: `${stage}.${microBatch}` };
  const values = await receive(work.links.group('pp'), action.peer, action.bytes / 4, options);
  work.device.queue.writeBuffer(buffer, offset, values.buffer, values.byteOffset, values.byteLength);
  work.staging.pool.give(values);
}

function copy(action: Extract<PlanAction, { kind: 'copy' }>, work: MeshWork): void {
  const { stage } = boundary(action.tensor);
  const forward = action.tensor.of === 'activation';
  const from = forward ? work.bank(stage - 1, action.fromBank).output : work.bank(stage, action.fromBank).inputGradient;
  const to = forward ? work.bank(stage, action.bank).input : work.bank(stage - 1, action.bank).outputGradient;
  const source = required(from, 'what a stage hands on');
  const target = required(to, 'what a stage is handed');
  const stream = work.stream();
  stream.copy(source.buffer, source.offset, target.buffer, target.offset, action.bytes);
  stream.submit();
}
