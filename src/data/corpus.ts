// The texts that a run can learn from, by name: Moby-Dick (a file beside the app), the lab's own primer, a person's text, synthetic tasks.
// It reads through a fetch that it is given, and must not tokenize.

import { LabError, type LabErrorData } from '../core/errors';
import type { DataRequest } from '../core/records';
import type { TaskName } from '../core/runConfig';
import type { LabelledRecord } from '../core/sequenceRecords';
import { decodeText } from './decodeText';
import { parseLabelledRecords, textsOf } from './labelledRecords';
import { primerText } from './primer';
import { taskText } from './tasks/taskText';

/** Half a MB or less: an epoch of the default run. */
const TASK_EXAMPLES = 20_000;
const TASK_SEED = 1;

/** Fetches a path relative to the app's base, e.g. `data/moby-dick.txt`. */
export type FetchFile = (path: string) => Promise<Response>;

export interface CorpusText {
  readonly title: string;
  readonly text: string;
  readonly notices: readonly LabErrorData[];
  /** Of corpus `records`, whose texts are `text`. */
  readonly records?: readonly LabelledRecord[];
}

/** @throws LabError `data.invalid` for text that cannot be used, with what to do */
export async function loadCorpus(
  request: Pick<DataRequest, 'corpus' | 'content' | 'encoding'>,
  fetchFile: FetchFile,
): Promise<CorpusText> {
  switch (request.corpus) {
    case 'primer':
      return { title: 'Primer', text: primerText(), notices: [] };
    case 'moby-dick': {
      const { text, notices } = decodeText('Moby-Dick', await fetchDataFile('data/moby-dick.txt', fetchFile), 'utf-8');
      return { title: 'Moby-Dick', text, notices };
    }
    case 'text':
      return givenText(request);
    case 'records': {
      const { title, text, notices } = givenText(request);
      const records = parseLabelledRecords(title, text);
      return { title, text: records.flatMap(textsOf).join('\n'), notices, records };
    }
    case 'shards':
      throw new LabError({
        code: 'data.invalid',
        message: 'There are no shards yet.',
        why: 'They are made in the Data view of the page.',
        advice: 'Prepare data there and choose to train on it, or name another text.',
      });
    case 'task-copy':
      return task('copy');
    case 'task-sort':
      return task('sort');
    case 'task-addition':
      return task('addition');
    case 'task-modular':
      return task('modular');
    case 'task-parity':
      return task('parity');
    case 'task-dyck':
      return task('dyck');
  }
}

function givenText({ content, encoding }: Pick<DataRequest, 'content' | 'encoding'>): CorpusText {
  if (content === undefined) {
    throw new LabError({
      code: 'data.invalid',
      message: 'No text was given.',
      advice: 'Drop a text file, choose one, or paste text.',
    });
  }
  const { text, notices } = decodeText(content.name, content.bytes, encoding);
  return { title: content.name, text, notices };
}

function task(name: TaskName): CorpusText {
  return { title: `Task: ${name}`, text: taskText(name, TASK_SEED, TASK_EXAMPLES), notices: [] };
}

/**
 * A file that is copied beside the app from a package.
 * @throws LabError `data.invalid` where it is not there
 */
export async function fetchDataFile(path: string, fetchFile: FetchFile): Promise<Uint8Array> {
  const advice =
    'Start the lab with its own command, which copies the texts of its packages; the primer corpus needs no file.';
  let response: Response;
  try {
    response = await fetchFile(path);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LabError({ code: 'data.invalid', message: `${path} could not be fetched.`, why, advice }, { cause });
  }
  // A server that answers every path with the page would give its HTML here.
  if (!response.ok || /\bhtml\b/.test(response.headers.get('content-type') ?? '')) {
    throw new LabError({
      code: 'data.invalid',
      message: `${path} is not there.`,
      why: `The server answered ${response.status}.`,
      advice,
    });
  }
  return new Uint8Array(await response.arrayBuffer());
}
