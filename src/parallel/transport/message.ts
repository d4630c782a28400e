// What travels between two ranks: tensors under a header, an abort, and a farewell. Plain data and its checks.
// It must not know about ports, waits or collectives.

import type { LabErrorData } from '../../core/errors';

/** Arrays a payload may hold. Their buffers are transferred whole: the sender's become detached. */
export type TensorArray = Float32Array | Uint8Array | Uint32Array | Int8Array | Uint16Array | Int32Array;
export type Payload = readonly TensorArray[];

/** Which mesh a message belongs to: one run, and within it one life of the mesh (a mesh put together again is a new generation). */
export interface MeshLife {
  readonly run: string;
  readonly generation: number;
}

export interface MessageHeader extends MeshLife {
  readonly step: number;
  /** Counts the tensor messages of one ordered pair of ranks, from 0. */
  readonly sequence: number;
  /** What is sent: the receiver waits for (step, tag). */
  readonly tag: string;
  /** Of the payload's arrays. */
  readonly bytes: number;
  /** Ranks. */
  readonly source: number;
  readonly destination: number;
  /** On a clock that all ranks share, so that an emulated link counts from the sending. */
  readonly sentMs: number;
}

export type MeshMessage =
  | { readonly kind: 'tensors'; readonly header: MessageHeader; readonly payload: Payload }
  | { readonly kind: 'abort'; readonly life: MeshLife; readonly source: number; readonly error: LabErrorData }
  /** The source sends nothing more. */
  | { readonly kind: 'leave'; readonly life: MeshLife; readonly source: number };

export function payloadBytes(payload: Payload): number {
  let bytes = 0;
  for (const array of payload) bytes += array.byteLength;
  return bytes;
}

/** The buffers to transfer, each once. @throws TypeError for shared memory, which cannot be given away. */
export function buffersOf(payload: Payload): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  for (const { buffer } of payload) {
    if (!(buffer instanceof ArrayBuffer)) throw new TypeError('An array lies in shared memory.');
    buffers.add(buffer);
  }
  return [...buffers];
}

/** What is wrong with a message for whoever expects `wanted`, or undefined. */
export function headerFault(
  header: MessageHeader,
  payload: Payload,
  wanted: Pick<MessageHeader, 'source' | 'destination' | 'sequence'>,
): string | undefined {
  const { source, destination, sequence, bytes } = header;
  if (source !== wanted.source || destination !== wanted.destination)
    return `it is addressed from rank ${source} to rank ${destination}`;
  if (sequence !== wanted.sequence) return `it is message ${sequence}, and message ${wanted.sequence} never came`;
  const has = payloadBytes(payload);
  return has === bytes ? undefined : `it has ${has} bytes and its header says ${bytes}`;
}

/** Whether `value` has the form of a message; says nothing about whether it is expected. */
export function isMeshMessage(value: unknown): value is MeshMessage {
  if (!isRecord(value)) return false;
  if (value.kind === 'tensors')
    return isHeader(value.header) && Array.isArray(value.payload) && value.payload.every(isTensorArray);
  if (value.kind !== 'abort' && value.kind !== 'leave') return false;
  if (!isLife(value.life) || typeof value.source !== 'number') return false;
  return value.kind === 'leave' || (isRecord(value.error) && typeof value.error.message === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isLife(value: unknown): boolean {
  return isRecord(value) && typeof value.run === 'string' && typeof value.generation === 'number';
}

function isHeader(value: unknown): boolean {
  return (
    isRecord(value) &&
    isLife(value) &&
    typeof value.tag === 'string' &&
    [value.step, value.sequence, value.bytes, value.source, value.destination, value.sentMs].every(
      (field) => typeof field === 'number',
    )
  );
}

function isTensorArray(value: unknown): value is TensorArray {
  return (
    value instanceof Float32Array ||
    value instanceof Uint8Array ||
    value instanceof Uint32Array ||
    value instanceof Int8Array ||
    value instanceof Uint16Array ||
    value instanceof Int32Array
  );
}
