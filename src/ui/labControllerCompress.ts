// labController's hand on making the model that is played with smaller: finds text, has the model rounded and pruned, or a smaller one taught by it,
// on a worker and device of its own that end with the trial, and hands the folders on. It draws nothing; what it learns is in compressStore.

import { LabError, toLabErrorData } from '../core/errors';
import type { ModelHistory } from '../core/modelHistory';
import type {
  CompressedFolder,
  CompressionOptions,
  CompressionRow,
  DistillationProgress,
  NamedFile,
  PreparedData,
} from '../core/records';
import { type StudentSizes, studentRun } from '../core/student';
import { launchData, launchRank, type RankHandle } from '../workers/launcher';
import { createDataLoader, type DataSource } from './dataLoader';
import { labController } from './labController';
import { pipelineController } from './labControllerPipeline';
import { playController } from './labControllerPlay';
import { type AskedStudent, type CompressTrial, compressStore, type StudentProgress } from './stores/compressStore';
import { type PlayModel, playStore } from './stores/playStore';
import { newId } from './stores/runStore';
import { setupStore } from './stores/setupStore';

/** Folders are kept whole: no more than these. */
const MAX_TRIALS = 6;

const data = createDataLoader(launchData, pipelineController.prepared);

/** The model in floats that this one is, or was rounded from. */
function floatsOf(model: PlayModel): PlayModel {
  return model.origin.kind === 'compressed' ? model.origin.of : model;
}

/** The text to learn from and, its held-out part, to be judged by: the run's own, or the page's in the tokens of a model that was brought. */
function sourceFor(model: PlayModel): DataSource {
  const { origin, history } = model;
  if (origin.kind === 'distilled') return sourceFor(origin.of);
  const setup = setupStore.getState();
  const { userText, userTokenizer, encoding, shards } = setup;
  if (history?.kind === 'trained') return { config: history.facts.config, userText, userTokenizer, encoding, shards };
  const { config } = setup;
  // Shards are tokens already, of another tokenizer; and a text has to be there.
  const own = config.data.corpus === 'shards' || (config.data.corpus === 'text' && userText === null);
  const corpus = own ? 'primer' : config.data.corpus;
  const tokenizer =
    model.tokenizerJson === null
      ? null
      : { name: 'tokenizer.json', bytes: new TextEncoder().encode(model.tokenizerJson) };
  return {
    config: { ...config, model: model.config, data: { ...config.data, corpus, tokenizer: 'json' } },
    userText,
    userTokenizer: tokenizer,
    encoding,
    shards: null,
  };
}

/** The trial that is under way; what is not of it stops quietly. */
let work: { readonly handle: RankHandle } | null = null;

/**
 * One trial from its text to its folder. What was measured stays where it is stopped, or fails.
 * @param run gets the worker's calls, the text in tokens, and who hears of rows and of steps
 */
async function tryOut(
  student: AskedStudent | null,
  run: (api: RankHandle['api'], model: PlayModel, text: PreparedData, hear: Listener) => Promise<MadeFolder>,
): Promise<void> {
  const { model: shown } = playStore.getState();
  if (shown === null || compressStore.getState().state !== 'idle') return;
  const model = floatsOf(shown);
  let failed: (error: LabError) => void = () => undefined;
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  failure.catch(() => undefined);
  const mine = {
    handle: launchRank((event) => {
      if (event.type === 'failure') failed(new LabError(event.error));
    }),
  };
  work = mine;
  compressStore.setState({ state: 'text', asked: { model, student }, rows: [], progress: null, error: null });
  const hear: Listener = {
    row: (row) => {
      if (work === mine) compressStore.setState(({ rows }) => ({ rows: [...rows, row], progress: null }));
    },
    progress: pacer((progress) => {
      if (work === mine) compressStore.setState({ progress });
    }),
  };
  const perform = async (): Promise<MadeFolder> => {
    const { api } = mine.handle;
    const [text] = await Promise.all([
      data.load(sourceFor(model), () => undefined),
      api.open(labController.deviceOptions),
    ]);
    if (work === mine) compressStore.setState({ state: 'measuring', text: text.title });
    return run(api, model, text, hear);
  };
  try {
    const made = await Promise.race([perform(), failure]);
    if (work === mine) keep({ id: newId(), model, student, ...made });
  } catch (thrown) {
    if (work === mine) {
      keepRows();
      compressStore.setState({ error: toLabErrorData(thrown) });
    }
  } finally {
    if (work === mine) rest();
  }
}

interface Listener {
  readonly row: (row: CompressionRow) => void;
  readonly progress: (at: DistillationProgress) => void;
}

type MadeFolder = Pick<CompressTrial, 'rows' | 'folder'>;

function madeOf({ rows, files }: CompressedFolder, history: ModelHistory | null): MadeFolder {
  return { rows, folder: { files, history } };
}

function keep(trial: CompressTrial): void {
  compressStore.setState(({ trials }) => ({ trials: [...trials, trial].slice(-MAX_TRIALS) }));
}

/** Of a trial that came to no folder: more than the model as it was. */
function keepRows(): void {
  const { asked, rows } = compressStore.getState();
  if (asked !== null && rows.length > 1) keep({ id: newId(), ...asked, rows, folder: null });
}

/** Ends the worker and what it holds. */
function rest(): void {
  work?.handle.terminate();
  work = null;
  compressStore.setState({ state: 'idle', asked: null, rows: [], progress: null });
}

/** Adds how long both trainings will go on, at the pace of the one that goes on. */
function pacer(tell: (progress: StudentProgress) => void): (at: DistillationProgress) => void {
  let first: { readonly stage: string; readonly step: number; readonly atMs: number } | null = null;
  return (at) => {
    const now = performance.now();
    if (first?.stage !== at.stage) first = { stage: at.stage, step: at.step, atMs: now };
    const done = at.step - first.step;
    const left = at.steps - at.step + (at.stage === 'alone' ? at.steps : 0);
    tell({ ...at, remainingMs: done === 0 ? null : ((now - first.atMs) / done) * left });
  };
}

function studentOf(model: PlayModel, sizes: StudentSizes, steps: number): ReturnType<typeof studentRun> {
  return studentRun(model.config, sourceFor(model).config, sizes, steps);
}

export const compressController = {
  compress: (options: CompressionOptions): Promise<void> =>
    tryOut(null, async (api, { files, history }, { validationTokens }, hear) =>
      madeOf(await api.compress(files, { tokens: validationTokens }, hear.row, { ...options, history }), history),
    ),

  /** Trains a smaller model twice, alone and taught by the one that is played with. @param tokens held-out ones to judge by, at most */
  distill: (student: AskedStudent, tokens: number): Promise<void> =>
    tryOut(student, async (api, model, text, hear) => {
      const { config, issues } = studentOf(model, student, student.steps);
      if (issues[0] !== undefined)
        throw new LabError({
          code: 'config.invalid',
          message: `The student's ${issues[0].path} cannot be ${issues[0].got}.`,
          why: `It takes ${issues[0].expected}.`,
        });
      const { temperature, alpha } = student;
      const asked = { temperature, alpha, tokens };
      const made = await api.distill(model.files, config, text, hear.row, hear.progress, asked);
      return madeOf(made, made.history);
    }),

  /** What the student would be, and what of it cannot be. */
  student: (shown: PlayModel, sizes: StudentSizes, steps: number): ReturnType<typeof studentRun> =>
    studentOf(floatsOf(shown), sizes, steps),

  /** What was measured stays. */
  cancel(): void {
    data.cancel();
    keepRows();
    rest();
  },

  /** The folder's model takes the place of the one that is played with. */
  play({ model, student, rows, folder }: CompressTrial): Promise<void> {
    if (folder === null) return Promise.resolve();
    const variant = rows.at(-1)?.variant ?? '';
    const name = `${model.name}, ${variant}`;
    const files = folder.files.map(copied);
    return student === null
      ? playController.openCompressed({ model, name, files, precision: variant })
      : playController.openStudent(model, name, { files, history: folder.history });
  },
};

/** The worker gets bytes of its own. */
function copied({ name, bytes }: NamedFile): NamedFile {
  return { name, bytes: bytes.slice() };
}
