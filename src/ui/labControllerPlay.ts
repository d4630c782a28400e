// labController's hand on the model that the page plays with. It lives on a worker and device of its own, so that training goes on: of the
// page's run it takes a copy. It draws nothing; what it learns is in playStore.

import type { ReadingRequest, ReadingResult } from '../core/answerRecords';
import { LabError, type LabErrorData, toLabErrorData } from '../core/errors';
import type { ExportOptions } from '../core/exportOptions';
import type { Inspection, InspectRequest } from '../core/insideRecords';
import type { ModelHistory } from '../core/modelHistory';
import type { GenerateRequest, GenerationDefaults, NamedFile, TextProgress } from '../core/records';
import type { ScoreRequest } from '../core/textScores';
import { importModel } from '../workers/importLauncher';
import { launchRank, type RankHandle } from '../workers/launcher';
import { currentTexts } from './i18n/useText';
import { type CopiedModel, labController } from './labController';
import type { PlaySettings } from './play/playSettings';
import { type PlayModel, type PlayOutput, playStore, setPlaySettings } from './stores/playStore';
import { newId, runStore } from './stores/runStore';
import type { StartingModel } from './stores/setupStore';

const MAX_OUTPUTS = 20;

let handle: RankHandle | null = null;
/** What is not of the newest load stops quietly. */
let newest = 0;

function drop(): void {
  const ended = handle;
  handle = null;
  ended?.terminate();
}

function fail(error: LabErrorData): void {
  playStore.setState({
    state: 'idle',
    progress: null,
    written: null,
    ...(error.code === 'run.cancelled' ? {} : { error }),
  });
}

async function worker(): Promise<RankHandle['api']> {
  if (handle !== null) return handle.api;
  const mine = launchRank((event) => {
    if (handle !== mine) return;
    if (event.type === 'phase') playStore.setState({ progress: event.progress });
    else if (event.type === 'failure') fail(event.error);
  });
  handle = mine;
  mine.onDeath((error) => {
    if (handle !== mine) return;
    handle = null;
    newest++;
    playStore.setState({ model: null, reading: null, scoring: false });
    fail(error.toData());
  });
  await mine.api.open(labController.deviceOptions);
  return mine.api;
}

type FoundModel = Omit<PlayModel, 'facts'>;

/** Makes a model the one that is played with. What came before it ends. */
async function load(find: () => Promise<FoundModel | null>): Promise<void> {
  const own = ++newest;
  const { state } = playStore.getState();
  if (state !== 'idle') drop();
  playStore.setState({ state: 'loading', progress: null, error: null, written: null, reading: null, scoring: false });
  try {
    const found = await find();
    if (own !== newest) return;
    if (found === null) {
      playStore.setState({ state: 'idle' });
      return;
    }
    const api = await worker();
    await api.loadFolder(found.files, { history: found.history });
    const facts = await api.playFacts();
    if (own !== newest) return;
    playStore.setState({ state: 'idle', progress: null, model: { ...found, facts } });
    if (facts.defaults) setPlaySettings(folderSettings(facts.defaults));
  } catch (thrown) {
    if (own === newest) fail(toLabErrorData(thrown));
  }
}

/** Read as any folder is, so that the same is known of it. */
async function judged(name: string, files: readonly NamedFile[]): Promise<StartingModel> {
  const model = await importModel(files, () => undefined, new AbortController().signal);
  return { name, ...model };
}

/** `\n` and `\t` as people write them in a line. */
export function stopStrings(lines: string): string[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replaceAll('\\n', '\n').replaceAll('\\t', '\t'));
}

/** As the folder wants it, in the panel's own form; what is not said stays as it is. What the panel has no knob for is the folder's anyway. */
function folderSettings({
  settings: { stop, lengthPenalty: _penalty, earlyStopping: _early, ...numbers },
}: GenerationDefaults): Partial<PlaySettings> {
  const lines = stop?.map((text) => text.replaceAll('\n', '\\n').replaceAll('\t', '\\t')).join('\n');
  return { ...numbers, ...(lines === undefined ? {} : { stop: lines }) };
}

function requestOf({ stop, draftTokens, ...settings }: PlaySettings): GenerateRequest {
  const draft = draftTokens > 0 ? { draft: { from: 'int4' as const, tokens: draftTokens } } : {};
  return { ...settings, ...draft, stop: stopStrings(stop) };
}

/** Pieces of a text as one change of the store a frame, however fast they come. */
function frameWriter(own: () => boolean): (piece: string, progress: TextProgress) => void {
  let text = '';
  let latest: TextProgress | null = null;
  return (piece, progress) => {
    text += piece;
    const waiting = latest !== null;
    latest = progress;
    if (waiting) return;
    requestAnimationFrame(() => {
      const progress = latest;
      latest = null;
      if (progress !== null && own() && playStore.getState().state === 'writing')
        playStore.setState({ written: { text, progress } });
    });
  };
}

async function score(request: ScoreRequest, output: number | null): Promise<void> {
  const own = newest;
  if (handle === null || playStore.getState().scoring) return;
  playStore.setState({ scoring: true, error: null });
  try {
    const found = await handle.api.scoreText(request);
    if (own !== newest) return;
    if (found.ids.length === 0)
      throw new LabError({ code: 'data.invalid', message: currentTexts().t.play.tokens.noTokens });
    // The first new token, or the first that anything is known of.
    const position = Math.min(found.ids.length, Math.max(1, output === null ? 1 : found.textTokens));
    playStore.setState({ reading: { output, score: found, position, logits: null } });
    await playController.look(position);
  } catch (thrown) {
    if (own === newest) fail(toLabErrorData(thrown));
  } finally {
    playStore.setState({ scoring: false });
  }
}

export const playController = {
  /** A folder that was read and found right. */
  open: (model: StartingModel): Promise<void> =>
    load(() => Promise.resolve({ ...model, origin: { kind: 'folder' }, history: null })),

  /** The page's run as it is now; training goes on. */
  takeRun(): Promise<void> {
    const name = runStore.getState().data?.title ?? currentTexts().t.play.run;
    return load(async () => {
      const run = await labController.copyRun();
      if (run === null) return null;
      const { files, history } = run;
      return { ...(await judged(name, files)), origin: { kind: 'run', step: runStep(history) }, history };
    });
  },

  /** A model that was rounded or pruned here. */
  openCompressed: ({ model, name, files, precision }: CompressedModel): Promise<void> => {
    const { facts: _facts, ...rest } = model;
    const bytes = files.reduce((sum, file) => sum + file.bytes.byteLength, 0);
    const dtypes = [{ dtype: precision, parameters: model.summary.parameterCount }];
    const found = { ...rest, name, files, summary: { ...model.summary, bytes, dtypes } };
    return load(() => Promise.resolve({ ...found, origin: { kind: 'compressed', of: model } }));
  },

  /** A model that `teacher` taught here. */
  openStudent: (teacher: PlayModel, name: string, { files, history }: CopiedModel): Promise<void> =>
    load(async () => ({ ...(await judged(name, files)), origin: { kind: 'distilled', of: teacher }, history })),

  /** Asks a model that reads whole texts. @throws LabError as RankApi.read */
  read: async (request: ReadingRequest): Promise<ReadingResult> => (await worker()).read(request),

  /** The folder of the model that is played with, in the type and parts that are asked for. */
  async exportFolder(options: ExportOptions): Promise<readonly NamedFile[] | null> {
    const { model } = playStore.getState();
    if (model === null || handle === null) return null;
    // Codes and scales are written as they were made.
    if (model.origin.kind === 'compressed') return model.files;
    try {
      return await handle.api.exportFolder(options);
    } catch (thrown) {
      fail(toLabErrorData(thrown));
      return null;
    }
  },

  cancelLoading(): void {
    newest++;
    drop();
    playStore.setState({ state: 'idle', progress: null, model: null, reading: null, scoring: false });
  },

  async write(): Promise<void> {
    const { model, state, settings } = playStore.getState();
    if (model === null || state !== 'idle' || handle === null) return;
    const own = newest;
    const mine = () => own === newest;
    const written = { text: '', progress: { tokens: 0, contextTokens: 0, droppedTokens: 0 } };
    playStore.setState({ state: 'writing', error: null, written, shown: null });
    try {
      const result = await handle.api.generate(requestOf(settings), frameWriter(mine));
      if (!mine()) return;
      const id = newId();
      const output = { id, model: modelName(model), settings, result };
      playStore.setState(({ outputs }) => ({
        state: 'idle',
        written: null,
        shown: id,
        outputs: [output, ...outputs].slice(0, MAX_OUTPUTS),
      }));
      await playController.readOutput(output);
    } catch (thrown) {
      if (mine()) fail(toLabErrorData(thrown));
    }
  },

  /** Token by token, with the model that is loaded now. */
  readOutput: ({ id, settings, result }: PlayOutput): Promise<void> =>
    score({ text: settings.prompt, tokens: result.tokens }, id),

  readText: (text: string): Promise<void> => score({ text, tokens: [] }, null),

  /** Looks at what the token at this place was drawn from. */
  async look(position: number): Promise<void> {
    const { reading } = playStore.getState();
    if (reading === null || handle === null || (reading.position === position && reading.logits !== null)) return;
    playStore.setState({ reading: { ...reading, position } });
    try {
      const logits = await handle.api.nextLogits(reading.score.ids, position);
      const now = playStore.getState().reading;
      // What was looked at meanwhile is waited for by its own call.
      if (now !== null && now.score === reading.score && now.position === position)
        playStore.setState({ reading: { ...now, logits } });
    } catch (thrown) {
      fail(toLabErrorData(thrown));
    }
  },

  /** Looks into the model that is there. @throws LabError `model.unsupported` where there is none, or it is at work */
  inspect(request: InspectRequest): Promise<Inspection> {
    const { model, state } = playStore.getState();
    if (handle !== null && model !== null && state === 'idle') return handle.api.inspect(request);
    const { none, busy } = currentTexts().t.inside.play;
    return Promise.reject(new LabError({ code: 'model.unsupported', message: model === null ? none : busy }));
  },

  stop(): void {
    handle?.api.cancelGenerate().catch(() => undefined);
  },
};

interface CompressedModel {
  /** That it was made of. */
  readonly model: PlayModel;
  readonly name: string;
  readonly files: readonly NamedFile[];
  readonly precision: string;
}

function runStep(history: ModelHistory | null): number {
  return history?.kind === 'trained' ? history.step : runStore.getState().step;
}

/** With the step of a run. */
export function modelName({ name, origin }: PlayModel): string {
  const { t, format } = currentTexts();
  return origin.kind === 'run' ? t.play.atStep(name, format.integer(origin.step)) : name;
}
