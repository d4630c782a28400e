// One round in eight, each rank's events of it at once, updates beside the gradients that made them.

import { expect, test } from 'vitest';
import type { TraceEvent } from '../core/meshRecords';
import { RoundTrace } from './roundTrace';

function event(step: number, staleness?: number): TraceEvent {
  const times = { startMs: 0, endMs: 1, waitMs: 0, bytes: 0 };
  return { rank: 0, step, action: 0, ...times, ...(staleness === undefined ? {} : { staleness }) };
}

test('gathers a round and hands it on once the rank is past it', () => {
  const told: [number, number][] = [];
  const trace = new RoundTrace(2, (round, events) => told.push([round, events.length]));
  for (const step of [1, 1]) trace.take(event(step));
  trace.take(event(1, 0));
  trace.take(event(2));
  // Update 2 of 2 workers is of round 1 too, though the rank's second gradient is under way.
  trace.take(event(2, 1));
  expect(told).toEqual([]);
  trace.take(event(3));
  expect(told).toEqual([[1, 4]]);
  for (let step = 4; step <= 9; step++) trace.take(event(step));
  trace.flush();
  trace.flush();
  expect(told).toEqual([
    [1, 4],
    [9, 1],
  ]);
});
