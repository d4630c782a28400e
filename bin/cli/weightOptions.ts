// The options that say how weights are written: their type, and how much of them one file holds.

import { type ExportOptions, floatDtypes, parseByteSize } from '../../src/core/exportOptions';
import { UsageError } from './usage/commandSpec';
import type { ParsedArguments } from './usage/usage';

/** @throws UsageError for a size that is none */
export function weightOptions(texts: ParsedArguments['texts']): Pick<ExportOptions, 'dtype' | 'maxShardBytes'> {
  const dtype = floatDtypes.find((known) => known.toLowerCase() === texts.get('dtype'));
  const size = texts.get('max-shard-size');
  const bytes = size === undefined ? undefined : parseByteSize(size);
  if (bytes === null) throw new UsageError(`--max-shard-size takes a size such as 5MB or 2GiB, not '${size}'`);
  return { ...(dtype === undefined ? {} : { dtype }), ...(bytes === undefined ? {} : { maxShardBytes: bytes }) };
}
