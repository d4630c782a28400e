// Trace files: what the format asks of every event, slices of a thread one after another, and arrows with two ends.

import { expect, test } from 'vitest';
import { plannedStep, simulatedEvents } from '../testing/plannedMesh';
import { traceFile } from './traceEvents';

const timing = { workMs: () => 0.25, exchangeMs: () => 0.1 };
const { plan } = plannedStep({ dp: 2, pp: 2, tp: 1 }, '1f1b', 4);
const events = simulatedEvents(plan, timing);
const file = traceFile(
  [
    { name: 'predicted', plan, events },
    { name: 'measured', plan, events: events.map((event) => ({ ...event, startMs: event.startMs + 1e9, endMs: event.endMs + 1e9 })) }, // biome-ignore format: one line
  ],
  ({ kind }) => kind,
  { page: 'shardlab' },
);
const slices = file.traceEvents.filter((event) => event.ph === 'X');

test('survives JSON, names its processes and every thread that has a slice', () => {
  expect(JSON.parse(JSON.stringify(file))).toEqual(file);
  const named = file.traceEvents.flatMap((event) => (event.ph === 'M' ? [[event.name, event.pid, event.tid, event.args['name']]] : [])); // biome-ignore format: one line
  expect(named).toContainEqual(['process_name', 1, 0, 'predicted']);
  expect(named).toContainEqual(['process_name', 2, 0, 'measured']);
  expect(named).toContainEqual(['thread_name', 1, 1, 'rank 0']);
  for (const { pid, tid } of slices)
    expect(named.some(([name, ofPid, ofTid]) => name === 'thread_name' && ofPid === pid && ofTid === tid)).toBe(true);
});

test('every action of both accounts is a slice with whole required fields, in microseconds from 0', () => {
  expect(slices).toHaveLength(2 * events.length);
  for (const { ts, dur, name, cat, pid, tid, args } of slices) {
    expect(Number.isFinite(ts) && ts >= 0 && Number.isFinite(dur) && dur >= 0).toBe(true);
    expect(Number.isInteger(pid) && Number.isInteger(tid)).toBe(true);
    expect(name).not.toBe('');
    expect(cat).not.toBe('');
    expect(args['kind']).toBe(name);
  }
  const last = Math.max(...slices.map(({ ts, dur }) => ts + dur));
  expect(last).toBeCloseTo(1000 * Math.max(...events.map(({ endMs }) => endMs)), 3);
  expect(slices.find(({ name }) => name === 'send')?.args).toMatchObject({ peer: expect.any(Number), bytes: 128 });
  expect(slices.find(({ name }) => name === 'compute')?.args).toMatchObject({ flops: 10 });
});

test('times only rise through the file, and slices of one thread do not overlap', () => {
  const times = file.traceEvents.flatMap((event) => (event.ph === 'M' ? [] : [event.ts]));
  expect(times).toEqual([...times].sort((a, b) => a - b));
  const until = new Map<string, number>();
  for (const { pid, tid, ts, dur } of slices) {
    const thread = `${pid} ${tid}`;
    expect(ts).toBeGreaterThanOrEqual((until.get(thread) ?? 0) - 2e-3);
    until.set(thread, ts + dur);
  }
});

test('each message is one arrow, from a send to the end of its receive', () => {
  const starts = file.traceEvents.flatMap((event) => (event.ph === 's' ? [event] : []));
  const ends = new Map(file.traceEvents.flatMap((event) => (event.ph === 'f' ? [[event.id, event] as const] : [])));
  expect(starts).toHaveLength(slices.filter(({ name }) => name === 'send').length);
  expect(new Set(starts.map(({ id }) => id)).size).toBe(starts.length);
  expect(ends.size).toBe(starts.length);
  for (const { id, pid, tid, ts } of starts) {
    const end = ends.get(id);
    expect(end?.bp).toBe('e');
    expect(end?.pid).toBe(pid);
    expect(end?.tid).not.toBe(tid);
    expect(end?.ts).toBeGreaterThanOrEqual(ts);
    // Both ends lie within a slice of their thread.
    for (const at of [{ tid, ts }, end])
      expect(slices.some((slice) => slice.pid === pid && slice.tid === at?.tid && slice.ts <= at.ts && at.ts <= slice.ts + slice.dur + 2e-3)).toBe(true); // biome-ignore format: one line
  }
});
