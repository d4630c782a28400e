// What a run would hold, by kind, and when it is refused: the largest single buffer against the device's limits, with both numbers.

import { expect, test } from 'vitest';
import { type MemoryRequest, memoryRows, refuseMemory } from './rankMemory';

const MIB = 2 ** 20;
const floor = { maxBufferSize: 256 * MIB, maxStorageBufferBindingSize: 128 * MIB };

function request(changes: Partial<MemoryRequest>): MemoryRequest {
  return {
    arenas: { parameters: 100, gradients: 100, moment1: 100, moment2: 0 },
    named: [{ name: 'tokens', bytes: 64, kind: 'inputs' }],
    slotBytes: [1000, 24],
    uniformBytes: 512,
    ...changes,
  };
}

test('rows by kind, without those that hold nothing', () => {
  expect(memoryRows(request({ named: [] }))).toEqual([
    { kind: 'parameters', bytes: 400 },
    { kind: 'gradients', bytes: 400 },
    { kind: 'optimizer', bytes: 400 },
    { kind: 'activations', bytes: 1024 },
    { kind: 'scratch', bytes: 512 },
  ]);
});

test('what fits to the byte is taken', () => {
  expect(refuseMemory(request({ slotBytes: [128 * MIB] }), floor)).toBeNull();
});

const refusals: readonly [string, Partial<MemoryRequest>, RegExp, RegExp][] = [
  ['an activation', { slotBytes: [128 * MIB + 4] }, /needs 128\.0 MiB .* an activation/, /batch size/],
  [
    'an arena',
    { arenas: { parameters: 50 * MIB, gradients: 0, moment1: 0, moment2: 0 } },
    /needs 200\.0 MiB .* the parameters arena/,
    /width/,
  ],
  ['an input', { named: [{ name: 'tokens', bytes: 300 * MIB, kind: 'inputs' }] }, /300\.0 MiB .* tokens/, /batch/],
];

for (const [what, changes, why, advice] of refusals) {
  test(`${what} too large is refused with what it needs and what there is`, () => {
    const refusal = refuseMemory(request(changes), floor);
    expect(refusal?.code).toBe('gpu.limit');
    expect(refusal?.why).toMatch(why);
    expect(refusal?.why).toContain('the device allows 128.0 MiB');
    expect(refusal?.advice).toMatch(advice);
  });
}
