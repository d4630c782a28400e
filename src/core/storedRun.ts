// What a data run of the page leaves in the browser's own storage, so that it comes back after a reload or goes on after it was interrupted. Types only.

import type { PipelineConfig } from './pipelineConfig';
import type { PipelineSummary } from './pipelineRecords';
import type { TaskName } from './runConfig';

/** A file as a run read it: the same one has the same name, size and sum. */
export interface StoredFile {
  readonly name: string;
  readonly size: number;
  /** SHA-256 of all of it up to 16 MiB, of samples of a larger one. */
  readonly sum: string;
  readonly filteredOnly?: boolean;
  /** Where the page has it from; a `file` is the person's, who has to give it again. */
  readonly origin:
    | 'file'
    | { readonly preset: string }
    | { readonly corpus: 'primer' }
    | { readonly task: { readonly task: TaskName; readonly seed: number; readonly examples: number } };
}

/** Written before a run reads anything. */
export interface RunManifest {
  readonly version: 1;
  /** Of the lab's code: what another one made is not gone on with. */
  readonly build: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly files: readonly StoredFile[];
  readonly config: PipelineConfig;
  readonly tokenizerJson: string | null;
  readonly workers: number;
}

export interface BrokenFile {
  readonly name: string;
  readonly why: string;
}

export type StoredRun =
  | {
      readonly state: 'finished';
      readonly manifest: RunManifest;
      readonly summary: PipelineSummary;
      readonly endedAt: number;
      /** Shards that are no longer what was written. */
      readonly broken: readonly BrokenFile[];
    }
  | {
      readonly state: 'interrupted';
      readonly manifest: RunManifest;
      /** Of the files, behind the parts that are there. */
      readonly bytes: number;
      readonly totalBytes: number;
      /** Why it cannot go on but only begin again; null where it can. */
      readonly obstacle: 'running elsewhere' | 'another version' | 'nothing was kept' | null;
    };
