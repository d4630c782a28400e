// One call of a collective on one rank: makes tags, checks what comes, and counts for the ledger.
// It must not know an algorithm.

import type { CollectiveName } from '../../core/meshRecords';
import type { Payload } from '../transport/message';
import type { CallOptions, Group } from './group';

export class Call {
  private readonly startMs: number;
  private readonly prefix: string;
  private messages = 0;
  private bytesOut = 0;
  private bytesIn = 0;
  private waitMs = 0;
  /** A call belongs to the step it began in, also where the rank moves on meanwhile. */
  private readonly step: number;

  constructor(
    readonly group: Group,
    private readonly collective: CollectiveName,
    private readonly options: CallOptions,
    /** Ranks on both sides must name the same; `send` and `receive` do not on their own. */
    tagName: string = collective,
  ) {
    const { what, key } = options;
    this.prefix = `${group.axis} ${tagName} ${what}${key === undefined ? '' : ` ${key}`}`;
    this.step = group.endpoint.step;
    this.startMs = group.endpoint.now();
  }

  /** Gives `payload` away to the rank at `index` of the group. */
  send(index: number, phase: string, payload: Payload): void {
    const { endpoint, ranks } = this.group;
    this.bytesOut += endpoint.send(ranks[index], this.tag(phase), payload, this.step);
    this.messages++;
  }

  /** Sends a copy of `values`. */
  sendCopy(index: number, phase: string, values: Float32Array): void {
    this.send(index, phase, [this.group.pool.copy(values)]);
  }

  /** Starts a wait; take what it brings with `arrived`. */
  receive(index: number, phase: string): Promise<Payload> {
    return this.group.endpoint.receive(this.group.ranks[index], this.tag(phase), this.step);
  }

  async arrived(promise: Promise<Payload>): Promise<Payload> {
    const { endpoint } = this.group;
    const beforeMs = endpoint.now();
    const payload = await promise;
    this.waitMs += endpoint.now() - beforeMs;
    for (const array of payload) this.bytesIn += array.byteLength;
    return payload;
  }

  /** One array of `length` float32 values (any length where undefined); the caller owns it. @throws LabError `mesh.mismatch`. */
  async values(promise: Promise<Payload>, index: number, phase: string, length?: number): Promise<Float32Array> {
    const payload = await this.arrived(promise);
    const [array] = payload;
    if (payload.length !== 1 || !(array instanceof Float32Array))
      throw this.mismatch(index, phase, `${payload.length} arrays, where one of float32 is expected`);
    if (length !== undefined && array.length !== length)
      throw this.mismatch(index, phase, `${array.length} values, where ${length} are expected`);
    return array;
  }

  mismatch(index: number, phase: string, why: string): Error {
    return this.group.endpoint.mismatch(this.group.ranks[index], this.tag(phase), why);
  }

  finish(): void {
    const { group, collective, options, messages, bytesOut, bytesIn, waitMs } = this;
    const record = {
      collective,
      axis: group.axis,
      what: options.what,
      messages,
      bytesOut,
      bytesIn,
      milliseconds: group.endpoint.now() - this.startMs,
      waitMs,
    };
    group.ledger.record(record);
    options.report?.(record);
  }

  private tag(phase: string): string {
    return phase === '' ? this.prefix : `${this.prefix} ${phase}`;
  }
}
