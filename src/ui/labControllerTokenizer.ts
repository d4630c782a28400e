// labController's hand on tokenizers: trains one on the Data view's shards, gives it to the pipeline and the run, and takes typed text apart.
// What it learns is in tokenizerStore.

import { toLabErrorData } from '../core/errors';
import type { TokenizerSpec } from '../core/records';
import type { TokenizedText } from '../core/tokenizerRecords';
import { tokenize, trainTokenizer } from '../workers/tokenizerLauncher';
import { dataStore, setDataField } from './stores/dataStore';
import { setupStore } from './stores/setupStore';
import { addTrained, noteProgress, type TrainedEntry, tokenizerStore } from './stores/tokenizerStore';

let current: AbortController | null = null;
let made = 0;

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
      addTrained({ ...trained, id: `trained-${++made}`, kind });
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

  /** The pipeline and the run take it from now on; a document ends with the end token that it has. */
  use({ kind, vocabularySize, json }: TrainedEntry): void {
    const name = `${kind}-${vocabularySize} tokenizer.json`;
    setupStore.setState({ userTokenizer: { name, bytes: new TextEncoder().encode(json) } });
    setDataField('tokenize', 'tokenizer', 'json');
    const end = '<|endoftext|>';
    if (json.includes(JSON.stringify(end))) setDataField('tokenize', 'documentEnd', end);
  },

  /** @throws LabError `tokenizer.invalid` */
  tokenize: (tokenizer: TokenizerSpec, text: string): Promise<TokenizedText> => tokenize(tokenizer, text),
};
