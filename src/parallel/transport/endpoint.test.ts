// The endpoint: matching by (step, tag), and that every fault is an error with a name on both sides, within its deadline.

import { afterEach, expect, test } from 'vitest';
import { LabError } from '../../core/errors';
import { FakeNetwork, type Tamper } from '../../testing/fakeNetwork';
import { type LocalMesh, type LocalMeshOptions, localMesh } from '../../testing/localMesh';
import { allReduce } from '../collectives/allReduce';
import { isMeshMessage } from './message';

const open: LocalMesh[] = [];

function mesh(ranks: number, options: LocalMeshOptions = {}, tamper?: Tamper): LocalMesh {
  const made = localMesh(ranks, new FakeNetwork(3, tamper), options);
  open.push(made);
  return made;
}

afterEach(() => {
  for (const made of open.splice(0)) made.close();
});

function of(...values: number[]): Float32Array[] {
  return [Float32Array.from(values)];
}

/** Lets messages in flight arrive. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Changes the tensor messages from rank 0, counted from 0. */
function fromRank0(change: (message: unknown, count: number) => unknown[]): Tamper {
  let count = 0;
  return (message, source) =>
    source === 0 && isMeshMessage(message) && message.kind === 'tensors' ? change(message, count++) : [message];
}

function withHeader(message: unknown, fields: Record<string, unknown>): unknown {
  if (!isMeshMessage(message) || message.kind !== 'tensors') return message;
  return { ...message, header: { ...message.header, ...fields } };
}

test('messages match by tag in any order, and one tag in the order of sending', async () => {
  const [a, b] = mesh(2).endpoints;
  for (const [tag, value] of [
    ['x', 1],
    ['y', 2],
    ['x', 3],
  ] as const)
    a.send(1, tag, of(value));
  expect(await b.receive(0, 'y')).toEqual(of(2));
  expect([await b.receive(0, 'x'), await b.receive(0, 'x')]).toEqual([of(1), of(3)]);
  const early = b.receive(0, 'z');
  a.send(1, 'z', [new Uint8Array([7]), new Uint16Array(0)]);
  expect(await early).toEqual([new Uint8Array([7]), new Uint16Array(0)]);
  expect([a.bytesOut, b.bytesIn]).toEqual([13, 13]);
});

test('sending gives the buffers away; two views of one buffer travel together', async () => {
  const [a, b] = mesh(2).endpoints;
  const whole = Float32Array.of(1, 2, 3, 4);
  a.send(1, 'x', [whole.subarray(0, 1), whole.subarray(2)]);
  expect(whole.length).toBe(0);
  expect(await b.receive(0, 'x')).toEqual([...of(1), ...of(3, 4)]);
});

test('what cannot be sent is a typed error on both sides', async () => {
  const detached = new Float32Array(4);
  structuredClone(detached, { transfer: [detached.buffer] });
  for (const payload of [[detached], [new Float32Array(new SharedArrayBuffer(8))]]) {
    const [a, b] = mesh(2).endpoints;
    const wait = b.receive(0, 'x');
    expect(() => a.send(1, 'x', payload)).toThrow(expect.objectContaining({ code: 'mesh.send' }));
    await expect(wait).rejects.toMatchObject({ code: 'mesh.send', message: expect.stringContaining('Rank 0 ended') });
    expect(() => a.send(1, 'x', of(1))).toThrow(LabError);
  }
});

test('a rank without a link is named', async () => {
  const { endpoints } = mesh(2);
  await expect(endpoints[0].receive(5, 'x')).rejects.toMatchObject({ code: 'mesh.send', message: /rank 5/ });
});

test('a wait past its deadline names both ranks, tag and step, and says what came instead', async () => {
  const { endpoints } = mesh(3, { deadlineMs: 20 });
  for (const endpoint of endpoints) endpoint.step = 4;
  endpoints[0].send(1, 'other', of(1));
  await settle();
  // The first to wait is the first whose deadline passes; the other ends with it.
  const first = endpoints[1].receive(0, 'x');
  const third = endpoints[2].receive(1, 'y');
  third.catch(() => undefined);
  await expect(first).rejects.toMatchObject({
    code: 'mesh.timeout',
    message: 'Rank 1 waited 0.02 s for x of step 4 from rank 0.',
    why: 'From rank 0 came instead: other (step 4).',
  });
  await expect(third).rejects.toMatchObject({ code: 'mesh.timeout' });
  await settle();
  expect(endpoints.map(({ ended }) => ended?.code)).toEqual(Array(3).fill('mesh.timeout'));
});

test('an abort reaches all waits and those who do not wait, with its cause', async () => {
  const heard: string[] = [];
  const { endpoints } = mesh(3, { onAbort: ({ code }) => heard.push(code) });
  const waits = [endpoints[0].receive(1, 'x'), endpoints[1].receive(2, 'x')];
  endpoints[2].abort(new LabError({ code: 'gpu.lost', message: 'The GPU was lost.', advice: 'Restart.' }));
  for (const wait of waits)
    await expect(wait).rejects.toMatchObject({
      code: 'mesh.aborted',
      message: 'Rank 2 ended the run: The GPU was lost.',
      advice: 'Restart.',
      details: 'gpu.lost',
    });
  expect(heard).toEqual(['gpu.lost', 'mesh.aborted', 'mesh.aborted']);
  await expect(endpoints[0].receive(1, 'x')).rejects.toMatchObject({ code: 'mesh.aborted' });
});

test('leaving rejects who waits for the one that left, and nobody else', async () => {
  const { endpoints } = mesh(2);
  endpoints[0].send(1, 'last', of(1));
  endpoints[0].close();
  await settle();
  expect(endpoints[1].ended).toBeNull();
  expect(await endpoints[1].receive(0, 'last')).toEqual(of(1));
  await expect(endpoints[1].receive(0, 'more')).rejects.toMatchObject({ code: 'mesh.aborted', message: /Rank 0 left/ });
});

test('closing real channels: what was sent before still arrives', async () => {
  const made = localMesh(2, 'channels');
  made.endpoints[0].send(1, 'last', of(1));
  made.endpoints[0].close();
  expect(await made.endpoints[1].receive(0, 'last')).toEqual(of(1));
  await expect(made.endpoints[1].receive(0, 'more')).rejects.toMatchObject({ code: 'mesh.aborted' });
  made.close();
});

test('a message that came twice is ignored and counted', async () => {
  const [a, b] = mesh(
    2,
    {},
    fromRank0((message) => [message, structuredClone(message)]),
  ).endpoints;
  a.send(1, 'x', of(1));
  a.send(1, 'x', of(2));
  expect([await b.receive(0, 'x'), await b.receive(0, 'x')]).toEqual([of(1), of(2)]);
  await settle();
  expect(b.ignored).toEqual({ foreign: 0, duplicate: 2 });
  expect(b.ended).toBeNull();
});

test('a message of another run or an older generation is ignored and counted; of a newer one it is a mismatch', async () => {
  const foreign = fromRank0((message, count) => [
    withHeader(message, [{ run: 'other' }, { generation: 0 }, { generation: 1 }, { generation: 2 }][count] ?? {}),
  ]);
  const [a, b] = mesh(2, { generation: 1 }, foreign).endpoints;
  for (const value of [0, 1]) a.send(1, 'x', of(value));
  await settle();
  expect(b.ignored).toEqual({ foreign: 2, duplicate: 0 });
  a.send(1, 'x', of(2));
  a.send(1, 'x', of(3));
  await settle();
  expect([a, b].map(({ ended }) => ended?.code)).toEqual(['mesh.mismatch', 'mesh.mismatch']);
});

test.each([
  ['a lost message', fromRank0((message, count) => (count === 0 ? [] : [message])), /message 1, and message 0 never/],
  ['another address', fromRank0((message) => [withHeader(message, { destination: 0 })]), /from rank 0 to rank 0/],
  ['missing bytes', fromRank0((message) => [withHeader(message, { bytes: 8 })]), /4 bytes and its header says 8/],
] as const)('%s is a mismatch on both sides', async (_, tamper, why) => {
  const [a, b] = mesh(2, {}, tamper).endpoints;
  const wait = b.receive(0, 'y');
  a.send(1, 'x', of(1));
  a.send(1, 'y', of(2));
  await expect(wait).rejects.toMatchObject({ code: 'mesh.mismatch', message: /Ranks 1 and 0/, why });
  await settle();
  expect(a.ended).toMatchObject({ code: 'mesh.mismatch', message: /Rank 1 ended the run: Ranks 1 and 0/ });
});

test('a message that is none is an error on both sides', async () => {
  const [a, b] = mesh(
    2,
    {},
    fromRank0(() => [{ kind: 'tensors' }]),
  ).endpoints;
  a.send(1, 'x', of(1));
  await settle();
  expect([a, b].map(({ ended }) => ended?.code)).toEqual(['mesh.message', 'mesh.message']);
});

test('a message that the browser cannot put together is an error', () => {
  const { port1 } = new MessageChannel();
  const made = localMesh(1, 'channels', { ports: new Map([[1, port1]]) });
  port1.onmessageerror?.(new MessageEvent('messageerror'));
  expect(made.endpoints[0].ended).toMatchObject({ code: 'mesh.message', message: /message of rank 1/ });
  made.close();
});

test('a peer may be a step ahead: its message is kept until this rank is there', async () => {
  const [a, b] = mesh(2).endpoints;
  a.send(1, 'x', of(1));
  a.step = 1;
  a.send(1, 'x', of(2));
  await settle();
  expect(await b.receive(0, 'x')).toEqual(of(1));
  b.step = 1;
  expect(await b.receive(0, 'x')).toEqual(of(2));
});

test.each([
  ['two steps ahead', 2, 'x', /step 2, and rank 1 is at step 0/],
  ['another step than is waited for', 1, 'y', /step 1, and step 0 is waited for/],
] as const)('a message %s is a mismatch on both sides', async (_, step, tag, why) => {
  const [a, b] = mesh(2).endpoints;
  const wait = b.receive(0, 'y');
  a.send(1, tag, of(1), step);
  await expect(wait).rejects.toMatchObject({ code: 'mesh.mismatch', why });
  await settle();
  expect(a.ended?.code).toBe('mesh.mismatch');
});

test('asking late for a step the peer has left out is a mismatch at once', async () => {
  const [a, b] = mesh(2).endpoints;
  a.send(1, 'x', of(1), 1);
  await settle();
  await expect(b.receive(0, 'x')).rejects.toMatchObject({ code: 'mesh.mismatch' });
});

test('a message that nobody took is found when the rank moves on', async () => {
  const [a, b] = mesh(2).endpoints;
  a.send(1, 'x', of(1));
  await settle();
  b.step = 1;
  expect(b.ended).toBeNull();
  b.step = 2;
  expect(b.ended).toMatchObject({ code: 'mesh.mismatch', why: /step 0 was never taken/ });
});

test('nothing waits for ever: whatever one link loses, every rank of a collective ends', async () => {
  for (let lost = 0; lost < 6; lost++) {
    const { endpoints, groups } = mesh(
      3,
      { deadlineMs: 30 },
      fromRank0((message, count) => (count === lost ? [] : [message])),
    );
    const settled = await Promise.allSettled(
      groups.map((group) => allReduce(group, new Float32Array(30), { what: 'x', algorithm: 'ring' })),
    );
    await settle();
    // The ring sends four messages from each rank; what is lost is missed at the latest when the deadline passes.
    const failed = settled.some(({ status }) => status === 'rejected');
    expect(failed).toBe(lost < 4);
    if (failed) for (const { ended } of endpoints) expect(ended?.code).toMatch(/mesh\.(timeout|mismatch)/);
  }
});
