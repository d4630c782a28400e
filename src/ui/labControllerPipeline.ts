// labController's hand on the data pipeline: one worker, started when it is first asked for and again after it died. It keeps no state to show.

import type { LabErrorData } from '../core/errors';
import type {
  DocumentReading,
  DocumentRef,
  DocumentText,
  PipelineProgress,
  PipelineSummary,
  ReadingRun,
  StepReading,
} from '../core/pipelineRecords';
import type { PreparedData } from '../core/records';
import type { StoredRun } from '../core/storedRun';
import { launchPipeline, type PipelineHandle } from '../workers/launcher';
import type { PipelineFile, PipelineRequest } from '../workers/protocol';

export interface PipelineListener {
  progress(progress: PipelineProgress): void;
  /** There is no room: resume() or cancel(). */
  stalled(error: LabErrorData): void;
}

let handle: PipelineHandle | null = null;
let listener: PipelineListener | null = null;

function launched(): PipelineHandle {
  handle ??= launchPipeline((event) => {
    if (event.type === 'progress') listener?.progress(event.progress);
    else if (event.type === 'stalled') listener?.stalled(event.error);
  });
  return handle;
}

export const pipelineController = {
  /** Settles with the worker; one run at a time. */
  async run(request: PipelineRequest, onEvent: PipelineListener): Promise<PipelineSummary> {
    listener = onEvent;
    const used = launched();
    try {
      return await used.api.run(request);
    } catch (error) {
      // A worker that is no more is replaced at the next run; one that only refused is as good as any.
      used.terminate();
      if (handle === used) handle = null;
      throw error;
    } finally {
      listener = null;
    }
  },
  cancel: async (): Promise<void> => handle?.api.cancel(),
  pause: async (paused: boolean): Promise<void> => handle?.api.pause(paused),
  resume: async (): Promise<void> => handle?.api.resume(),
  stopWorker: async (worker: number): Promise<void> => handle?.api.stopWorker(worker),
  /** What the last run left in a folder of the browser's own storage. */
  stored: (folder: string): Promise<StoredRun | null> => launched().api.stored(folder),
  forget: (folder: string): Promise<void> => launched().api.forget(folder),
  /** Of the last run, to look at duplicates. */
  readDocument: (document: DocumentRef, files: readonly PipelineFile[]): Promise<DocumentText> =>
    launched().api.readDocument(document, files),
  /** Its shards as the data of a training run. */
  prepared: (): Promise<PreparedData> => launched().api.prepared(),
  readingsOfStep: (step: number, run: ReadingRun): Promise<readonly StepReading[]> =>
    launched().api.readingsOfStep(step, run),
  readingsOfDocument: (index: number, epoch: number, run: ReadingRun): Promise<readonly DocumentReading[]> =>
    launched().api.readingsOfDocument(index, epoch, run),
};
