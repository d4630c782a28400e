// The options that say how weights are rounded, as the page takes them. It computes nothing.

import { DEFAULT_GROUP, groupSizes } from '../../src/core/quantization/scheme';
import type { QuantizationChoice } from '../../src/core/records';
import { UsageError } from './usage/commandSpec';
import type { ParsedArguments } from './usage/usage';

/** Null where `option` was not given. @throws UsageError for options that do not go together */
export function quantizationChoice(
  { texts, numbers, flags }: ParsedArguments,
  option: 'scheme' | 'quantize',
): QuantizationChoice | null {
  const name = texts.get(option);
  const group = numbers.get('group');
  const dot = flags.has('dot');
  if (group !== undefined && name !== 'int4') throw new UsageError(`--group goes with --${option} int4`);
  if (dot && name !== 'int8') throw new UsageError(`--dot goes with --${option} int8`);
  if (name === undefined) return null;
  if (name === 'int8') return { scheme: { name }, dot };
  const size = groupSizes.find((known) => known === (group ?? DEFAULT_GROUP));
  if (size === undefined) throw new UsageError(`--group takes ${groupSizes.join(', ')}, got ${group}`);
  return { scheme: { name: 'int4', group: size }, dot };
}
