// Divides a lowered backward pass in two (Qi et al. 2024, "Zero bubble pipeline parallelism"): what the stage before waits for, and what
// only the optimiser does. It reads which tensors the calls read and write; operations know nothing of it. Pure.

import type { ArenaName, ProgramCall, Tensor } from './graph';
import { isCollective } from './graph';
import type { KernelCatalog } from './kernelCatalog';

function isGradient({ storage }: Tensor): boolean {
  const arena: ArenaName = 'gradients';
  return storage.kind === 'arena' && storage.arena === arena;
}

function accesses(call: ProgramCall, catalog: KernelCatalog): { readonly reads: Tensor[]; readonly writes: Tensor[] } {
  if (isCollective(call)) return { reads: [call.bind.input], writes: [call.bind.output] };
  const reads: Tensor[] = [];
  const writes: Tensor[] = [];
  for (const { name, access } of catalog.interfaceOf(call.kernel, call.flags).storage) {
    reads.push(call.bind[name]);
    if (access === 'read_write') writes.push(call.bind[name]);
  }
  return { reads, writes };
}

/**
 * The same calls with each of the segment `backward` moved to `inputGradient` or `weightGradient`; order within a segment stays.
 * A call goes to `inputGradient` where it writes one of `wanted`, or something that such a call reads; the rest goes to `weightGradient`.
 * @param wanted gradients that must be there when `inputGradient` ends
 */
export function splitBackward(
  calls: readonly ProgramCall[],
  catalog: KernelCatalog,
  wanted: readonly Tensor[],
): ProgramCall[] {
  const needed = new Set(wanted.map(({ id }) => id));
  const first = new Set<ProgramCall>();
  for (const call of calls.toReversed()) {
    if (call.segment !== 'backward') continue;
    const { reads, writes } = accesses(call, catalog);
    if (!writes.some((tensor) => !isGradient(tensor) && needed.has(tensor.id))) continue;
    first.add(call);
    for (const { id } of reads) needed.add(id);
  }
  const backward = calls.filter(({ segment }) => segment === 'backward');
  return [
    ...calls.filter(({ segment }) => segment === 'forward'),
    ...backward.filter((call) => first.has(call)).map((call) => ({ ...call, segment: 'inputGradient' as const })),
    ...backward.filter((call) => !first.has(call)).map((call) => ({ ...call, segment: 'weightGradient' as const })),
  ];
}
