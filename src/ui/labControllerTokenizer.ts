// labController's hand on tokenizers: trains one on the Data view's shards, keeps it in the browser's own storage, gives it to the pipeline and the
// run, and takes typed text apart. What it learns is in tokenizerStore.

import { toLabErrorData } from '../core/errors';
import type { TokenizerSpec } from '../core/records';
import type { TokenizedText } from '../core/tokenizerRecords';
import { tokenize, tokenizerStorage, trainTokenizer } from '../workers/tokenizerLauncher';
import type { KeptTokenizer } from '../workers/tokenizerProtocol';
import { dataStore, setDataField } from './stores/dataStore';
import { addNotice } from './stores/runStore';
import { setupStore } from './stores/setupStore';
import {
  addKept,
  addTrained,
  changeTrained,
  dropTrained,
  noteProgress,
  noteUnkept,
  tokenizerStore,
} from './stores/tokenizerStore';

/** Names of files that a tokenizer remembers. */
const NAMED_FILES = 3;

let current: AbortController | null = null;
let restored = false;
/** The storage call of before: a name that is kept late must not bring back what was removed since. */
let storing: Promise<unknown> = Promise.resolve();

export const tokenizerController = {
  /** On the training part of the last result; its end, whatever it is, is in the store. */
  async train(): Promise<void> {
    const { result } = dataStore.getState();
    const { kind, vocabularySize, minFrequency, specialTokens, training } = tokenizerStore.getState();
    if (result === null || training) return;
    const { tokenizerJson: json, folder, summary } = result;
    const own = new AbortController();
    current = own;
    tokenizerStore.setState({ training: true, progress: null, merges: [], error: null });
    try {
      const options = { kind, vocabularySize, minFrequency, specialTokens: specialTokens.split(/\s+/).filter(Boolean) };
      const tokenizer: TokenizerSpec = json === null ? { kind: 'byte' } : { kind: 'json', json };
      const trained = await trainTokenizer(
        { options, index: summary.index, folder, tokenizer },
        noteProgress,
        own.signal,
      );
      // The same training gives the same file: it is the same tokenizer.
      const same = tokenizerStore.getState().trained.find((known) => known.json === trained.json);
      const { id, name } = same ?? { id: crypto.randomUUID(), name: null };
      const read = summary.files.filter(({ refusal }) => refusal === null).map((file) => file.name);
      const files = { files: read.slice(0, NAMED_FILES), fileCount: read.length };
      const entry: KeptTokenizer = { ...trained, ...files, id, name, kind, madeAt: Date.now() };
      addTrained(entry);
      await keep(entry);
    } catch (thrown) {
      const error = toLabErrorData(thrown);
      if (error.code !== 'run.cancelled') tokenizerStore.setState({ error });
    } finally {
      if (current === own) current = null;
      tokenizerStore.setState({ training: false });
    }
  },

  cancel(): void {
    current?.abort();
  },

  /** Once a page: those of earlier visits. */
  async restore(): Promise<void> {
    if (restored) return;
    restored = true;
    try {
      const { tokenizers, broken } = await tokenizerStorage.kept();
      addKept(tokenizers);
      if (broken > 0)
        addNotice({
          code: 'storage',
          message: `Kept tokenizers that were broken and are gone: ${broken}.`,
          why: 'Their checksums are other ones: the browser’s storage was changed or damaged.',
          advice: 'Train them again; shards that were made with one still have it.',
        });
    } catch (thrown) {
      addNotice(toLabErrorData(thrown));
    }
  },

  /** @param name empty for none */
  async rename(entry: KeptTokenizer, name: string): Promise<void> {
    const named = { ...entry, name: name.trim() === '' ? null : name.trim() };
    if (named.name === entry.name) return;
    changeTrained(named);
    await keep(named);
  },

  /** It can be taken back until the page is closed. */
  async remove(entry: KeptTokenizer): Promise<void> {
    try {
      await inTurn(() => tokenizerStorage.forget(entry.id));
      dropTrained(entry);
    } catch (thrown) {
      tokenizerStore.setState({ error: toLabErrorData(thrown) });
    }
  },

  async takeBack(): Promise<void> {
    const { removed } = tokenizerStore.getState();
    if (removed === null) return;
    tokenizerStore.setState({ removed: null });
    addKept([removed]);
    await keep(removed);
  },

  /** The pipeline and the run take it from now on; a document ends with the end token that it has. */
  use({ kind, vocabularySize, json }: KeptTokenizer): void {
    const name = `${kind}-${vocabularySize} tokenizer.json`;
    setupStore.setState({ userTokenizer: { name, bytes: new TextEncoder().encode(json) } });
    setDataField('tokenize', 'tokenizer', 'json');
    const end = '<|endoftext|>';
    if (json.includes(JSON.stringify(end))) setDataField('tokenize', 'documentEnd', end);
  },

  /** @throws LabError `tokenizer.invalid` */
  tokenize: (tokenizer: TokenizerSpec, text: string): Promise<TokenizedText> => tokenize(tokenizer, text),
};

/** Where the browser does not, the tokenizer says so, and lives as long as the page. */
async function keep(entry: KeptTokenizer): Promise<void> {
  try {
    await inTurn(() => tokenizerStorage.keep(entry));
    noteUnkept(entry.id, null);
  } catch (thrown) {
    noteUnkept(entry.id, toLabErrorData(thrown));
  }
}

function inTurn(work: () => Promise<void>): Promise<void> {
  const next = storing.then(work);
  storing = next.catch(() => undefined);
  return next;
}
