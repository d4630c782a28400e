// Why a run cannot be compared with one worker: strategies and compression that change what a step is. Pure.

import type { RunFacts } from '../../core/records';

export function notProvable(facts: RunFacts | null): 'strategy' | 'compression' | null {
  if (facts === null) return null;
  const { strategy, compression } = facts.config.parallel;
  if (strategy !== 'sync') return 'strategy';
  return compression === 'none' ? null : 'compression';
}
