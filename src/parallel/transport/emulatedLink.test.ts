// The emulated link: latency, bandwidth shared by the messages of one link, order, and no timer left behind.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LabError } from '../../core/errors';
import { localMesh } from '../../testing/localMesh';
import { EmulatedLink } from './emulatedLink';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function deliveries(latencyMs: number, megabytesPerSecond: number) {
  const startMs = performance.now();
  const times: [string, number][] = [];
  const link = new EmulatedLink<string>(
    { latencyMs, megabytesPerSecond },
    () => performance.now(),
    (message) => times.push([message, Math.round(performance.now() - startMs)]),
  );
  return { link, times };
}

test('bytes of one link go one after the other, the latency runs beside them', () => {
  const { link, times } = deliveries(10, 1);
  for (const name of ['a', 'b']) link.accept(name, 20_000, performance.now());
  vi.advanceTimersByTime(5);
  link.accept('c', 0, performance.now());
  vi.advanceTimersByTime(200);
  expect(times).toEqual([
    ['a', 30],
    ['b', 50],
    ['c', 50],
  ]);
  link.accept('d', 1_000, performance.now());
  vi.advanceTimersByTime(200);
  expect(times.at(-1)).toEqual(['d', 205 + 11]);
  expect(vi.getTimerCount()).toBe(0);
});

test('time on the way counts from the sending, and a clock that runs ahead gains nothing', () => {
  const { link, times } = deliveries(10, 0);
  vi.advanceTimersByTime(8);
  link.accept('a', 1, performance.now() - 8);
  link.accept('b', 1, performance.now() + 100);
  vi.advanceTimersByTime(100);
  expect(times).toEqual([
    ['a', 10],
    ['b', 18],
  ]);
});

test('a closed link delivers nothing more', () => {
  const { link, times } = deliveries(10, 0);
  link.accept('a', 1, performance.now());
  link.close();
  vi.advanceTimersByTime(100);
  expect(times).toEqual([]);
});

test('an endpoint waits as its link says, and an abort overtakes what is on its way', async () => {
  vi.useRealTimers();
  const mesh = localMesh(2, 'channels', { linkFrom: () => ({ latencyMs: 30, megabytesPerSecond: 1 }) });
  const [a, b] = mesh.endpoints;
  const startMs = performance.now();
  a.send(1, 'x', [new Float32Array(5_000)]);
  a.send(1, 'y', [new Float32Array(5_000)]);
  await b.receive(0, 'y');
  const tookMs = performance.now() - startMs;
  // 40 kB at 1 MB/s and 30 ms; timers of a busy machine may be late, never early.
  expect(tookMs).toBeGreaterThan(69);
  a.send(1, 'z', [new Float32Array(5_000)]);
  a.abort(new LabError({ code: 'gpu.lost', message: 'The GPU was lost.' }));
  await expect(b.receive(0, 'z')).rejects.toMatchObject({ code: 'mesh.aborted' });
  mesh.close();
});
