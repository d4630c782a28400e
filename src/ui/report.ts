// What a person can send when something failed: error, adapter, settings and browser as text.
// It holds no text of the person's own corpus.

import type { LabErrorData } from '../core/errors';
import { runStore } from './stores/runStore';
import { setupStore } from './stores/setupStore';

export function reportText(error: LabErrorData): string {
  const { adapter, state, phase, step, facts, device } = runStore.getState();
  const { config, presetId } = setupStore.getState();
  return JSON.stringify(
    {
      report: 'Shardlab',
      at: new Date().toISOString(),
      error,
      state: { device, run: state, phase, step },
      adapter,
      presetId,
      config: facts?.config ?? config,
      tuning: facts?.tuning ?? [],
      userAgent: navigator.userAgent,
    },
    null,
    2,
  );
}
