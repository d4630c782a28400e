// Timed dispatches as a profile: dispatches of one kind in all layers are one row, the dearest first. Pure.

import type { ProfileReport, ProfileRow } from '../core/records';
import type { KernelCall, Segment } from '../gpu/graph';

function phaseOf(segment: Segment): ProfileRow['phase'] {
  return segment === 'forward' || segment === 'optimizer' ? segment : 'backward';
}

function variantText(flags: Readonly<Record<string, number | boolean | string>>): string {
  return Object.entries(flags)
    .filter(([, value]) => value !== 0 && value !== false)
    .map(([name, value]) => `${name.toLowerCase()} ${value}`)
    .join(', ');
}

export function profileReport(
  timed: readonly { readonly call: KernelCall; readonly microseconds: number }[],
): ProfileReport {
  const rows = new Map<string, { row: ProfileRow; flops: number; bytes: number }>();
  let total = 0;
  for (const { call, microseconds } of timed) {
    total += microseconds;
    const label = call.label.replace(/h\.\d+\./, 'h.*.');
    const key = `${call.segment}|${label}|${call.kernel}`;
    const known = rows.get(key);
    const row: ProfileRow = {
      label,
      kernel: call.kernel,
      variant: variantText(call.flags),
      phase: phaseOf(call.segment),
      dispatches: (known?.row.dispatches ?? 0) + 1,
      microseconds: (known?.row.microseconds ?? 0) + microseconds,
      share: 0,
      gflopPerSecond: 0,
      gigabytesPerSecond: 0,
    };
    rows.set(key, { row, flops: (known?.flops ?? 0) + call.flops, bytes: (known?.bytes ?? 0) + call.bytes });
  }
  const sorted = [...rows.values()].sort((a, b) => b.row.microseconds - a.row.microseconds);
  return {
    available: true,
    totalMicroseconds: total,
    rows: sorted.map(({ row, flops, bytes }) => ({
      ...row,
      share: total > 0 ? row.microseconds / total : 0,
      gflopPerSecond: row.microseconds > 0 ? flops / row.microseconds / 1e3 : 0,
      gigabytesPerSecond: row.microseconds > 0 ? bytes / row.microseconds / 1e3 : 0,
    })),
  };
}
