// Starts workers that train a tokenizer, one for each training, and one that takes texts apart: each call settles, and is cut short where a
// tokenizer does not come to an end.

import { LabError } from '../core/errors';
import type { TokenizerSpec } from '../core/records';
import type { TokenizedText } from '../core/tokenizerRecords';
import type {
  KeptTokenizer,
  KeptTokenizers,
  TokenizerApi,
  TokenizerEvent,
  TokenizerProgress,
  TrainTokenizerRequest,
  TrainTokenizerResult,
} from './tokenizerProtocol';
import { type WatchedWorker, watchWorker } from './watchedWorker';

/** 30 s: the first sort of a large text's words takes a while. */
const TRAINING_MISSED_TICKS = 60;
/** A line of typed text takes milliseconds; a new tokenizer.json of tens of MB a few seconds. */
const TOKENIZE_MS = 8_000;

function launch(onProgress: (progress: TokenizerProgress) => void): WatchedWorker<TokenizerApi> {
  return watchWorker<TokenizerApi, TokenizerEvent>(
    new Worker(new URL('./tokenizerWorker.ts', import.meta.url), { type: 'module', name: 'tokenizer' }),
    (event) => {
      if (event.type === 'progress') onProgress(event.progress);
    },
    (why) =>
      new LabError({
        code: 'worker.dead',
        message: 'The worker of the tokenizer stopped.',
        why,
        advice: 'Start it again, with less text or a smaller vocabulary if memory is short.',
      }),
    TRAINING_MISSED_TICKS,
  );
}

/** @param signal ends the worker at once @throws LabError of what went wrong, `run.cancelled` */
export async function trainTokenizer(
  request: TrainTokenizerRequest,
  onProgress: (progress: TokenizerProgress) => void,
  signal: AbortSignal,
): Promise<TrainTokenizerResult> {
  const watched = launch(onProgress);
  const cancelled = new LabError({ code: 'run.cancelled', message: 'The training of the tokenizer was cancelled.' });
  const stop = () => watched.terminate();
  signal.addEventListener('abort', stop);
  try {
    return await watched.guard(() => watched.remote.train(request));
  } catch (error) {
    throw signal.aborted ? cancelled : error;
  } finally {
    signal.removeEventListener('abort', stop);
    watched.terminate();
  }
}

/** Trained tokenizers in the browser's own storage. Each call has a worker of its own: there are few. @throws LabError `storage` */
export const tokenizerStorage = {
  keep: (tokenizer: KeptTokenizer): Promise<void> => once((api) => api.keep(tokenizer)),
  kept: (): Promise<KeptTokenizers> => once((api) => api.kept()),
  forget: (id: string): Promise<void> => once((api) => api.forget(id)),
};

async function once<T>(call: (api: WatchedWorker<TokenizerApi>['remote']) => Promise<T>): Promise<T> {
  const watched = launch(() => undefined);
  try {
    return await watched.guard(() => call(watched.remote));
  } finally {
    watched.terminate();
  }
}

let tokenizing: WatchedWorker<TokenizerApi> | null = null;

/** @throws LabError `tokenizer.invalid`, also where the tokenizer does not come to an end */
export async function tokenize(tokenizer: TokenizerSpec, text: string): Promise<TokenizedText> {
  tokenizing ??= launch(() => undefined);
  const used = tokenizing;
  let stuck = false;
  const timer = setTimeout(() => {
    stuck = true;
    used.terminate();
  }, TOKENIZE_MS);
  try {
    return await used.guard(() => used.remote.tokenize(tokenizer, text));
  } catch (error) {
    // What only refused a tokenizer is as good as any; a new one costs little.
    used.terminate();
    if (tokenizing === used) tokenizing = null;
    throw stuck ? endless() : error;
  } finally {
    clearTimeout(timer);
  }
}

function endless(): LabError {
  return new LabError({
    code: 'tokenizer.invalid',
    message: `The tokenizer did not come to an end with this text within ${TOKENIZE_MS / 1_000} s, and was stopped.`,
    why: 'A pattern in its tokenizer.json that tries endlessly many ways to match is the usual cause.',
    advice: 'Use another tokenizer, or a shorter text.',
  });
}
