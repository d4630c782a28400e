// One rank's end of its links to all other ranks: sends and receives tensors by (step, tag), gives every wait a deadline, and ends
// for all ranks at once when something is wrong. It must not know what is exchanged (collectives do), nor about devices.

import type { LabError, LabErrorData } from '../../core/errors';
import type { PeerTraffic } from '../../core/meshRecords';
import { Deadlines } from './deadlines';
import { EmulatedLink, type LinkSpeed } from './emulatedLink';
import {
  abortedBy,
  closedFault,
  departedFault,
  mismatchFault,
  noLinkFault,
  sendFault,
  timeoutFault,
  unreadableFault,
} from './faults';
import { Mailbox, type Wait } from './mailbox';
import {
  buffersOf,
  headerFault,
  isMeshMessage,
  type MeshLife,
  type MeshMessage,
  type Payload,
  payloadBytes,
} from './message';

/** What is used of a MessagePort. */
export interface LinkPort {
  onmessage: ((event: MessageEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  close(): void;
}

export interface EndpointOptions extends MeshLife {
  readonly rank: number;
  /** One port a peer; the endpoint owns them from now on. */
  readonly ports: ReadonlyMap<number, LinkPort>;
  readonly deadlineMs?: number;
  /** Milliseconds on a clock that all ranks share; default: the time since 1970, in fractions. */
  readonly now?: () => number;
  /** Emulated speed of what comes in from a peer; nothing is emulated where both are 0. */
  readonly linkFrom?: (peer: number) => LinkSpeed;
  /** Steps that a peer may be ahead or behind. A run without a common step (asynchronous updates) leaves `step` at 0. */
  readonly stepWindow?: number;
  /** Called once, when this rank or a peer aborts; also where nothing waits here. */
  readonly onAbort?: (error: LabError) => void;
}

interface Peer {
  readonly port: LinkPort;
  readonly mailbox: Mailbox;
  readonly emulated: EmulatedLink<MeshMessage> | undefined;
  bytesOut: number;
  nextOut: number;
  nextIn: number;
  left: boolean;
}

const DEADLINE_MS = 60_000;

/** What `after` has more than `before`, both of one endpoint. */
export function sentSince(after: readonly PeerTraffic[], before: readonly PeerTraffic[]): PeerTraffic[] {
  const known = new Map(before.map(({ to, bytes }) => [to, bytes]));
  return after.map((row) => ({ ...row, bytes: row.bytes - (known.get(row.to) ?? 0) })).filter(({ bytes }) => bytes > 0);
}

export class Endpoint {
  readonly rank: number;
  readonly now: () => number;
  /** Messages that were not for this life of the mesh, and messages that came twice: ignored. */
  readonly ignored = { foreign: 0, duplicate: 0 };
  bytesOut = 0;
  bytesIn = 0;

  private readonly life: MeshLife;
  private readonly peers = new Map<number, Peer>();
  private readonly stepWindow: number;
  private readonly onAbort: ((error: LabError) => void) | undefined;
  private readonly deadlines: Deadlines;
  private readonly listeners = new Set<(error: LabError) => void>();
  private currentStep = 0;
  private end: LabError | null = null;

  constructor(options: EndpointOptions) {
    this.rank = options.rank;
    this.life = { run: options.run, generation: options.generation };
    this.now = options.now ?? (() => performance.timeOrigin + performance.now());
    this.deadlines = new Deadlines(options.deadlineMs ?? DEADLINE_MS, this.now);
    this.stepWindow = options.stepWindow ?? 1;
    this.onAbort = options.onAbort;
    for (const [rank, port] of options.ports) this.open(rank, port, options.linkFrom?.(rank));
  }

  /** Calls `listener` when this endpoint ends, by an abort or by being closed, unless the returned function was called before. */
  whenEnded(listener: (error: LabError) => void): () => void {
    if (this.end) listener(this.end);
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private tellListeners(error: LabError): void {
    for (const listener of [...this.listeners]) listener(error);
    this.listeners.clear();
  }

  /** Why this endpoint works no more, or null. */
  get ended(): LabError | null {
    return this.end;
  }

  /** Bytes since the endpoint began, by peer. */
  get sent(): PeerTraffic[] {
    return [...this.peers].map(([to, { bytesOut: bytes }]) => ({ from: this.rank, to, bytes }));
  }

  get step(): number {
    return this.currentStep;
  }

  /** Moving on aborts with `mesh.mismatch` where a message of a past step was never taken. */
  set step(step: number) {
    this.currentStep = step;
    for (const [rank, { mailbox }] of this.peers) {
      const stale = mailbox.olderThan(step - this.stepWindow);
      if (stale) this.mismatch(rank, stale.tag, `its message of step ${stale.step} was never taken`);
    }
  }

  /**
   * Sends without waiting. The WHOLE buffers of the payload's arrays are transferred: they are detached here afterwards.
   * @returns the payload's bytes.
   * @throws LabError `mesh.send` (and aborts) for buffers that are detached or shared; the abort's error after an abort.
   */
  send(peer: number, tag: string, payload: Payload, step = this.currentStep): number {
    if (this.end) throw this.end;
    const link = this.peers.get(peer);
    if (!link) throw this.failed(noLinkFault(this.rank, peer, this.peers.keys()));
    const bytes = payloadBytes(payload);
    const header = {
      ...this.life,
      step,
      sequence: link.nextOut,
      tag,
      bytes,
      source: this.rank,
      destination: peer,
      sentMs: this.now(),
    };
    const message: MeshMessage = { kind: 'tensors', header, payload };
    try {
      link.port.postMessage(message, buffersOf(payload));
    } catch (cause) {
      throw this.failed(sendFault(this.rank, peer, tag, step, cause));
    }
    link.nextOut++;
    link.bytesOut += bytes;
    this.bytesOut += bytes;
    return bytes;
  }

  /**
   * The next payload of (step, tag) from `peer`; its arrays belong to the caller.
   * @throws LabError (as a rejection) `mesh.timeout` after the deadline, `mesh.mismatch`, `mesh.message`, or the abort's error: each
   * ends all ranks.
   */
  receive(peer: number, tag: string, step = this.currentStep): Promise<Payload> {
    const promise = this.payloadFrom(peer, tag, step);
    // A collective awaits its messages one by one: a rejection that nobody awaits yet must not bring the worker down.
    promise.catch(() => undefined);
    return promise;
  }

  /** Rejects all waits here with `error`, and those of all peers with one that names this rank. Only the first abort counts. */
  abort(error: LabError): void {
    if (this.end) return;
    this.endWith(error, this.rank, error.toData());
  }

  /** The normal end: open waits here are rejected with `mesh.aborted`; a peer that still waits for this rank is told at once. */
  close(): void {
    for (const { port } of this.peers.values())
      if (!this.end) post(port, { kind: 'leave', life: this.life, source: this.rank });
    const error = closedFault(this.rank);
    this.end ??= error;
    for (const { port, mailbox, emulated } of this.peers.values()) {
      mailbox.rejectAll(error);
      emulated?.close();
      port.onmessage = null;
      port.onmessageerror = null;
      port.close();
    }
    this.deadlines.stop();
    this.tellListeners(error);
  }

  /** Makes an error of two ranks that do not agree, and aborts with it. For collectives too: a payload of the wrong form. */
  mismatch(peer: number, tag: string, why: string): LabError {
    return this.failed(mismatchFault(this.rank, peer, tag, this.currentStep, why));
  }

  private open(rank: number, port: LinkPort, speed: LinkSpeed | undefined): void {
    const slow = speed !== undefined && (speed.latencyMs > 0 || speed.megabytesPerSecond > 0);
    const peer: Peer = {
      port,
      mailbox: new Mailbox(),
      emulated: slow ? new EmulatedLink(speed, this.now, (message) => this.accept(rank, peer, message)) : undefined,
      bytesOut: 0,
      nextOut: 0,
      nextIn: 0,
      left: false,
    };
    this.peers.set(rank, peer);
    const unreadable = (why: string): void => this.abort(unreadableFault(this.rank, rank, this.currentStep, why));
    port.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (!isMeshMessage(data)) unreadable('it has not the form of a message');
      else if (peer.emulated === undefined || data.kind === 'abort') this.accept(rank, peer, data);
      else if (data.kind === 'leave') peer.emulated.accept(data, 0, this.now());
      else peer.emulated.accept(data, data.header.bytes, data.header.sentMs);
    };
    port.onmessageerror = () => unreadable('the browser could not put it together; memory may have run out');
  }

  private accept(rank: number, peer: Peer, message: MeshMessage): void {
    if (this.end) return;
    const { run, generation } = message.kind === 'tensors' ? message.header : message.life;
    if (run !== this.life.run || generation < this.life.generation) {
      this.ignored.foreign++;
      return;
    }
    if (generation > this.life.generation) {
      const why = `it is of generation ${generation}, and rank ${this.rank} is in ${this.life.generation}`;
      this.mismatch(rank, message.kind, why);
    } else if (message.kind === 'abort') {
      this.endWith(abortedBy(message.source, message.error), message.source, message.error);
    } else if (message.kind === 'leave') {
      peer.left = true;
      if (peer.mailbox.waiting > 0) this.abort(departedFault(this.rank, rank, this.currentStep));
    } else this.acceptTensors(rank, peer, message);
  }

  private acceptTensors(rank: number, peer: Peer, message: Extract<MeshMessage, { kind: 'tensors' }>): void {
    const { payload, header } = message;
    const { step, tag, sequence, bytes } = header;
    if (sequence < peer.nextIn) {
      this.ignored.duplicate++;
      return;
    }
    const fault = headerFault(header, payload, { source: rank, destination: this.rank, sequence: peer.nextIn });
    if (fault !== undefined) {
      this.mismatch(rank, tag, fault);
      return;
    }
    peer.nextIn++;
    this.bytesIn += bytes;
    const wait = peer.mailbox.claim(step, tag);
    if (wait) {
      wait.resolve(payload);
      return;
    }
    const awaited = peer.mailbox.stepAwaited(tag);
    if (awaited !== undefined) this.mismatch(rank, tag, `it is of step ${step}, and step ${awaited} is waited for`);
    else if (Math.abs(step - this.currentStep) > this.stepWindow)
      this.mismatch(rank, tag, `it is of step ${step}, and rank ${this.rank} is at step ${this.currentStep}`);
    else peer.mailbox.hold(step, tag, payload);
  }

  private async payloadFrom(peer: number, tag: string, step: number): Promise<Payload> {
    if (this.end) throw this.end;
    const link = this.peers.get(peer);
    if (!link) throw this.failed(noLinkFault(this.rank, peer, this.peers.keys()));
    const { mailbox, left } = link;
    const held = mailbox.take(step, tag);
    if (held) return held;
    const other = mailbox.stepHeld(tag);
    if (other !== undefined) throw this.mismatch(peer, tag, `it is of step ${other}, and step ${step} is waited for`);
    if (left) throw departedFault(this.rank, peer, this.currentStep);
    return this.waitFor(peer, mailbox, step, tag);
  }

  private waitFor(peer: number, mailbox: Mailbox, step: number, tag: string): Promise<Payload> {
    return new Promise<Payload>((resolve, reject) => {
      const settled = this.deadlines.start(() =>
        this.abort(timeoutFault(this.rank, peer, tag, step, this.deadlines.ms, mailbox.heldText())),
      );
      const wait: Wait = {
        step,
        tag,
        resolve: (payload) => {
          settled();
          resolve(payload);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      mailbox.wait(wait);
    });
  }

  private failed(error: LabError): LabError {
    this.abort(error);
    return error;
  }

  private endWith(error: LabError, source: number, told: LabErrorData): void {
    if (this.end) return;
    this.end = error;
    // Passed on by whoever hears of it: not every rank need have a link to the one that aborts.
    for (const { port, emulated } of this.peers.values()) {
      emulated?.close();
      post(port, { kind: 'abort', life: this.life, source, error: told });
    }
    for (const { mailbox } of this.peers.values()) mailbox.rejectAll(error);
    this.deadlines.stop();
    this.tellListeners(error);
    this.onAbort?.(error);
  }
}

/** A port that is gone cannot be told anything; the supervisor sees the death of its worker. */
function post(port: LinkPort, message: MeshMessage): void {
  try {
    port.postMessage(message, []);
  } catch {
    // Plain data posts: only a port closed by force throws, and there is nobody behind it.
  }
}
