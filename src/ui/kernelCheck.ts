// Runs the kernel check on a worker and device of its own, so that stopping it is ending the worker.
// labController's helper; rows go to the store as they come.

import { toLabErrorData } from '../core/errors';
import type { CheckRow } from '../core/records';
import type { DeviceOptions, RankApi, RankEvent, VerifyOptions } from '../workers/protocol';
import { runStore } from './stores/runStore';

interface CheckWorker {
  readonly api: RankApi;
  terminate(): void;
}

export interface KernelCheck {
  start(options: VerifyOptions): Promise<void>;
  stop(): void;
}

export function createKernelCheck(
  launch: (onEvent: (event: RankEvent) => void) => CheckWorker,
  device: DeviceOptions,
): KernelCheck {
  let worker: CheckWorker | null = null;
  const end = () => {
    const ended = worker;
    worker = null;
    ended?.terminate();
  };
  return {
    async start(options) {
      end();
      const mine = launch(() => undefined);
      worker = mine;
      const current = () => worker === mine;
      runStore.setState({ checkRows: [], checkState: 'running', checkError: null });
      try {
        await mine.api.open(device);
        const rows = await mine.api.verify((row: CheckRow) => {
          if (current()) runStore.setState(({ checkRows }) => ({ checkRows: [...checkRows, row] }));
        }, options);
        if (current()) runStore.setState({ checkRows: rows, checkState: 'done' });
      } catch (thrown) {
        if (current()) runStore.setState({ checkState: 'stopped', checkError: toLabErrorData(thrown) });
      } finally {
        if (current()) end();
      }
    },
    stop() {
      end();
      runStore.setState({ checkState: 'stopped' });
    },
  };
}
