// Prepared data for a run, from the data worker, kept while the set-up asks for the same. labController's helper:
// one worker at a time, and a newer request ends an older one.

import { LabError } from '../core/errors';
import { modelSizes } from '../core/modelConfig';
import type { DataRequest, PreparedData } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import type { DataApi } from '../workers/protocol';
import type { Encoding, PreparedShards, UserFile } from './stores/setupStore';

export interface DataSource {
  readonly config: RunConfig;
  readonly userText: UserFile | null;
  readonly userTokenizer: UserFile | null;
  readonly encoding: Encoding | null;
  /** What the Data view prepared last. */
  readonly shards: PreparedShards | null;
}

export interface DataLoader {
  load(source: DataSource, onProgress: (progress: number) => void): Promise<PreparedData>;
  cancel(): void;
}

/** What the source lacks before it can be prepared, or null. */
export function missingInput(source: DataSource): 'text' | 'shards' | 'tokenizer' | null {
  if (source.config.data.corpus === 'shards') return source.shards === null ? 'shards' : null;
  if (readsFile(source.config) && source.userText === null) return 'text';
  if (source.config.data.tokenizer === 'json' && source.userTokenizer === null) return 'tokenizer';
  return null;
}

interface DataWorker {
  readonly api: DataApi;
  terminate(): void;
}

/** @param prepared the shards of the Data view as a run's data */
export function createDataLoader(launch: () => DataWorker, prepared: () => Promise<PreparedData>): DataLoader {
  let kept: { source: DataSource; data: PreparedData } | null = null;
  let current: DataWorker | null = null;
  const cancel = () => {
    current?.terminate();
    current = null;
  };
  return {
    cancel,
    async load(source, onProgress) {
      if (kept !== null && sameInput(kept.source, source)) return kept.data;
      const lacking = missingInput(source);
      if (lacking !== null) {
        throw new LabError({
          code: lacking === 'tokenizer' ? 'tokenizer.invalid' : 'data.invalid',
          message: `no ${lacking} was given`,
        });
      }
      cancel();
      if (source.config.data.corpus === 'shards') {
        const data = await prepared();
        kept = { source, data };
        return data;
      }
      const handle = launch();
      current = handle;
      try {
        const data = await handle.api.prepare(requestOf(source), onProgress);
        kept = { source, data };
        return data;
      } finally {
        if (current === handle) current = null;
        handle.terminate();
      }
    },
  };
}

/** The person's own file is what the run learns from. */
function readsFile({ data }: RunConfig): boolean {
  return data.corpus === 'text' || data.corpus === 'records';
}

function requestOf({ config, userText, userTokenizer, encoding }: DataSource): DataRequest {
  const { task } = modelSizes(config.model);
  return {
    corpus: config.data.corpus,
    tokenizerKind: config.data.tokenizer,
    validationFraction: config.data.validationFraction,
    minimumTokens: config.train.sequenceLength + 1,
    ...(readsFile(config) && userText !== null ? { content: userText } : {}),
    ...(readsFile(config) && encoding !== null ? { encoding } : {}),
    vocabulary: config.data.vocabulary,
    ...(task === 'causal-lm' || task === 'masked-lm'
      ? {}
      : { labelled: { task, sequenceLength: config.train.sequenceLength } }),
    ...(config.data.tokenizer === 'json' && userTokenizer !== null
      ? { tokenizerJson: new TextDecoder().decode(userTokenizer.bytes) }
      : {}),
  };
}

function sameInput(a: DataSource, b: DataSource): boolean {
  const text = readsFile(b.config);
  if (b.config.data.corpus === 'shards') return a.config.data.corpus === 'shards' && a.shards === b.shards;
  return (
    a.config.data.corpus === b.config.data.corpus &&
    a.config.data.tokenizer === b.config.data.tokenizer &&
    a.config.data.vocabulary === b.config.data.vocabulary &&
    modelSizes(a.config.model).task === modelSizes(b.config.model).task &&
    a.config.data.validationFraction === b.config.data.validationFraction &&
    a.config.train.sequenceLength === b.config.train.sequenceLength &&
    (!text || (a.userText === b.userText && a.encoding === b.encoding)) &&
    (b.config.data.tokenizer !== 'json' || a.userTokenizer === b.userTokenizer)
  );
}
