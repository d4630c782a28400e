// A model that is being brought in: what is read or downloaded now, what went wrong, what waits for a yes; and which hub may be asked. Plain
// state; labControllerImport alone writes it. The model that a run begins with is in the set-up.

import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import type { LabErrorData } from '../../core/errors';
import type { DownloadProgress } from '../../core/records';
import type { ImportStage } from '../../workers/protocol';
import type { StartingModel } from './setupStore';

export interface ImportState {
  /** `listing`: the hub was asked for its files. Null while nothing is under way. */
  readonly stage: ImportStage | 'listing' | 'downloading' | null;
  readonly download: DownloadProgress | null;
  readonly error: LabErrorData | null;
  /** Read and right, but with weights that are not finite: used once the person says so. */
  readonly doubtful: StartingModel | null;
  /** The hub that may be asked, and the hosts that its files come from; null, as at the start, for none. */
  readonly hub: { readonly base: string; readonly origins: readonly string[] } | null;
}

export const importStore = createStore<ImportState>()(() => ({
  stage: null,
  download: null,
  error: null,
  doubtful: null,
  hub: null,
}));

export function useImport<Value>(select: (state: ImportState) => Value): Value {
  return useStore(importStore, select);
}
