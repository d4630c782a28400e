// labController's hand on the inside of models: looks into the run or the Play view's model, and has tensors of the run watched. What it learns is
// in insideStore; it draws nothing.

import { toLabErrorData } from '../core/errors';
import type { Inspection, InspectRequest, TensorId } from '../core/insideRecords';
import { labController } from './labController';
import { playController } from './labControllerPlay';
import { insideStore, tensorKey } from './stores/insideStore';
import { isRacing } from './stores/raceStore';
import { runStore } from './stores/runStore';

let requests = 0;

/** Whether the run has weights that can be looked at. */
function runIsThere(): boolean {
  const { state, facts } = runStore.getState();
  return facts !== null && !isRacing() && state !== 'preparing' && state !== 'empty' && state !== 'failed';
}

/** The run pauses for it and goes on, unless the person paused it meanwhile. */
async function inspectRun(request: InspectRequest): Promise<Inspection> {
  const { state, pausing } = runStore.getState();
  const inspection = await labController.rank.inspect(request);
  if (state === 'running' && !pausing && runStore.getState().state === 'paused') void labController.play();
  return inspection;
}

/** Asks of which tensors of the run there are, and has those watched that the person chose. Calls of a run that is gone end quietly. */
async function follow(): Promise<void> {
  if (!runIsThere()) return;
  const { facts } = runStore.getState();
  try {
    const listing = await labController.rank.tensors();
    if (runStore.getState().facts !== facts) return;
    insideStore.setState({ listing, watchError: null });
    await sendWatch();
  } catch (thrown) {
    if (runStore.getState().facts === facts) insideStore.setState({ watchError: toLabErrorData(thrown) });
  }
}

async function sendWatch(): Promise<void> {
  const { watched: tensors, every, listing } = insideStore.getState();
  // Another run may not have what was watched in the one before.
  const there = tensors.filter((id) => listing?.some((each) => tensorKey(each) === tensorKey(id)));
  const request = ++requests;
  insideStore.setState({ arming: there.length > 0 });
  try {
    await labController.rank.watch(there.length === 0 ? null : { tensors: there, every });
  } finally {
    if (request === requests) insideStore.setState({ arming: false });
  }
}

async function rewatch(): Promise<void> {
  if (!runIsThere()) return;
  try {
    insideStore.setState({ watchError: null });
    await sendWatch();
  } catch (thrown) {
    insideStore.setState({ watchError: toLabErrorData(thrown) });
  }
}

export const insideController = {
  follow,

  /** Looks at the text; a look that is under way is waited for by nobody but its own caller. */
  async look(): Promise<void> {
    const { text, source, state } = insideStore.getState();
    if (state !== 'idle' || text === '' || (source === 'run' && !runIsThere())) return;
    insideStore.setState({ state: 'looking', error: null });
    try {
      const inspection = source === 'run' ? await inspectRun({ text }) : await playController.inspect({ text });
      insideStore.setState(({ layer, head, token, other }) => {
        const last = inspection.ids.length - 1;
        return {
          inspection,
          layer: Math.min(layer, inspection.layers - 1),
          head: Math.min(head, inspection.heads - 1),
          lensLayer: inspection.layers,
          token: token === null ? null : Math.min(token, last),
          other: other === null ? null : Math.min(other, last),
        };
      });
    } catch (thrown) {
      const error = toLabErrorData(thrown);
      if (error.code !== 'run.cancelled') insideStore.setState({ error });
    } finally {
      insideStore.setState({ state: 'idle' });
    }
  },

  toggle(id: TensorId): void {
    insideStore.setState(({ watched, reports }) => {
      const key = tensorKey(id);
      const without = watched.filter((each) => tensorKey(each) !== key);
      if (without.length === watched.length) return { watched: [...watched, { kind: id.kind, name: id.name }] };
      return { watched: without, reports: new Map([...reports].filter(([name]) => !name.startsWith(`${key} `))) };
    });
    void rewatch();
  },

  every(every: number): void {
    insideStore.setState({ every });
    void rewatch();
  },

  /** Nobody looks any more: steps cost what they cost without. */
  async leave(): Promise<void> {
    if (insideStore.getState().watched.length === 0 || !runIsThere()) return;
    await labController.rank.watch(null).catch(() => undefined);
  },
};
