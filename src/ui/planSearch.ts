// Runs searches and asks for neighbours on the planner's worker, which is started by the first and kept. labController's helper; what is found goes
// to the planner's store as it comes.

import { toLabErrorData } from '../core/errors';
import { meshSize } from '../parallel/mesh';
import type { PlannerApi } from '../workers/protocol';
import { type PlanSearch, plannerStore } from './stores/plannerStore';

interface PlannerWorker {
  readonly api: PlannerApi;
  readonly dead: boolean;
  terminate(): void;
}

export interface PlanSearches {
  start(): Promise<void>;
  stop(): void;
  /** Of the plan as it is; an older question's answer is dropped. */
  askNeighbours(): Promise<void>;
}

export function createPlanSearches(launch: () => PlannerWorker): PlanSearches {
  let worker: PlannerWorker | null = null;
  const api = (): PlannerApi => {
    if (worker === null || worker.dead) worker = launch();
    return worker.api;
  };
  const set = (change: Partial<PlanSearch>): void =>
    plannerStore.setState(({ search }) => ({ search: { ...search, ...change } }));
  return {
    async start() {
      if (plannerStore.getState().search.state !== 'idle') return;
      const { plan } = plannerStore.getState().settings;
      set({ state: 'running', progress: null, error: null });
      try {
        const result = await api().search({ base: plan, ranks: meshSize(plan.mesh) }, (progress) => {
          if (plannerStore.getState().search.state !== 'idle') set({ progress });
        });
        set({ result, base: plan });
      } catch (thrown) {
        const error = toLabErrorData(thrown);
        if (error.code !== 'run.cancelled') set({ error });
      } finally {
        set({ state: 'idle', progress: null });
      }
    },
    stop() {
      if (plannerStore.getState().search.state !== 'running') return;
      set({ state: 'stopping' });
      // The search itself settles; a worker that is dead by now has settled it already.
      worker?.api.cancel().catch(() => undefined);
    },
    async askNeighbours() {
      const { plan } = plannerStore.getState().settings;
      if (plannerStore.getState().search.state !== 'idle') return;
      try {
        const rows = await api().neighbours(plan);
        if (plannerStore.getState().settings.plan === plan) plannerStore.setState({ neighbours: { of: plan, rows } });
      } catch {
        // A plan that cannot be predicted says so itself; what neighbours it has is then no question.
        if (plannerStore.getState().settings.plan === plan) plannerStore.setState({ neighbours: null });
      }
    },
  };
}
