// Searches plans off the page's thread: one search at a time, in slices between which it hears that it should stop. It knows no page and no GPU.

import { LabError } from '../core/errors';
import { judgeNeighbours } from '../planner/neighbours';
import { type PlanPredictor, runSearch } from '../planner/search';
import type { PlannerApi } from './protocol';

export class PlannerHost {
  #stop: AbortController | null = null;

  constructor(private readonly predictor: PlanPredictor) {}

  readonly api: PlannerApi = {
    search: async (request, onProgress) => {
      if (this.#stop !== null) throw new LabError({ code: 'internal', message: 'A search is running already.' });
      const stop = new AbortController();
      this.#stop = stop;
      try {
        return await runSearch(request, this.predictor, {
          signal: stop.signal,
          onProgress,
          // A message is a task of its own: it is heard before the timer is.
          breathe: () => new Promise((resolve) => setTimeout(resolve, 0)),
          now: () => performance.now(),
        });
      } finally {
        this.#stop = null;
      }
    },
    neighbours: async (plan) => judgeNeighbours(plan, this.predictor.predict(plan), this.predictor),
    cancel: async () => this.#stop?.abort(),
  };
}
