// React's view of the curves: a number that grows once a frame while they do.

import { useSyncExternalStore } from 'react';
import { metricsLog } from '../stores/metricsLog';

/** Re-renders the component at most once a frame, when curves have grown. */
export function useMetrics(): number {
  return useSyncExternalStore(
    (listener) => metricsLog.subscribe(listener),
    () => metricsLog.version,
  );
}
