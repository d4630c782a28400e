// How long a preset takes here: measured once a run has been timed (remembered per adapter), predicted before that.
// Reads and writes local storage; a denied storage only means that nothing is remembered.

import type { PresetId } from '../core/presets';
import type { AdapterFacts } from '../core/records';

const STORAGE_KEY = 'shardlab.stepTimes';
const MIN_STEPS = 30;

/** Remembers milliseconds a step, once enough steps were timed to trust it. */
export function rememberStepTime(preset: PresetId, adapter: AdapterFacts, steps: number, stepMs: number): void {
  if (steps < MIN_STEPS) return;
  const times = read();
  times.set(keyOf(preset, adapter), stepMs);
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(Object.fromEntries(times)));
  } catch {
    // Denied: the next visit predicts again.
  }
}

export function measuredStepMs(preset: PresetId, adapter: AdapterFacts | null): number | null {
  return adapter === null ? null : (read().get(keyOf(preset, adapter)) ?? null);
}

function keyOf(preset: PresetId, { vendor, architecture, device, description }: AdapterFacts): string {
  return [preset, vendor, architecture, device, description].join('|');
}

function read(): Map<string, number> {
  const times = new Map<string, number>();
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORAGE_KEY) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return times;
    for (const [key, value] of Object.entries(stored)) {
      if (typeof value === 'number' && value > 0) times.set(key, value);
    }
  } catch {
    // Unreadable is the same as empty.
  }
  return times;
}
