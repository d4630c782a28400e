// From a data request to token arrays: load, decode, split, tokenize, and count the baselines.
// Pure but for the fetch that it is given. It runs in a worker that may be killed, and keeps nothing between calls.

import { LabError, type LabErrorData } from '../core/errors';
import type { DataRequest, PreparedData } from '../core/records';
import { defaultMinFrequency, defaultSpecialTokens } from '../core/tokenizerRecords';
import { type FetchFile, loadCorpus } from './corpus';
import { charactersOf, createTokenizer } from './createTokenizer';
import { baselines } from './entropy';
import { textsOf } from './labelledRecords';
import { prepareSequences, splitRecords } from './prepareSequences';
import type { Tokenizer } from './tokenizer';
import { TokenizerTraining } from './tokenizerTraining/trainTokenizer';

/** As the schema has it. */
const DEFAULT_VOCABULARY = 1_000;
/** How far the split may move to fall on a line or word end, in characters. */
const SPLIT_SEARCH = 400;

/**
 * @param onProgress 0 to 1
 * @throws LabError `data.invalid` (no text, wrong encoding, too short) or `tokenizer.invalid`
 */
export async function prepareData(
  request: DataRequest,
  onProgress: (progress: number) => void,
  fetchFile: FetchFile,
): Promise<PreparedData> {
  onProgress(0);
  const { title, text, notices, records } = await loadCorpus(request, fetchFile);
  onProgress(0.2);
  const { validationFraction, labelled } = request;
  if (records !== undefined && labelled !== undefined) {
    const learnt = splitRecords(title, records, validationFraction).train.flatMap(textsOf).join('\n');
    const tokenizer = await tokenizerFor(request, text, learnt);
    onProgress(0.4);
    const prepared = prepareSequences({ title, records, tokenizer, validationFraction, ...labelled });
    onProgress(1);
    return { ...prepared, notices: [...notices, ...prepared.notices] };
  }
  const { trainText, heldOutText } = splitText(text, validationFraction);
  const tokenizer = await tokenizerFor(request, text, trainText);
  const train = tokenizer.encodeCounted(trainText);
  onProgress(0.7);
  const heldOut = tokenizer.encodeCounted(heldOutText);
  requireTokens(title, train.ids.length, heldOut.ids.length, request);
  onProgress(0.8);
  const { unigram, bigram } = baselines(train.ids, heldOut.ids, tokenizer.vocabularySize);
  onProgress(1);
  const dropped = train.dropped + heldOut.dropped;
  return {
    tokenizer: tokenizer.spec,
    vocabularySize: tokenizer.vocabularySize,
    trainTokens: train.ids,
    validationTokens: heldOut.ids,
    bytesPerToken: utf8Length(heldOutText) / heldOut.ids.length,
    unigramEntropy: unigram,
    bigramEntropy: bigram,
    title,
    characters: text.length,
    notices: [...notices, ...contentNotices(train.ids, dropped)],
  };
}

/** @param trainText the part that a tokenizer may be trained on */
async function tokenizerFor(request: DataRequest, text: string, trainText: string): Promise<Tokenizer> {
  switch (request.tokenizerKind) {
    // From the whole text: a character that only the held-out part has still needs an id.
    case 'char':
      return createTokenizer({ kind: 'char', characters: charactersOf(text) });
    case 'byte':
      return createTokenizer({ kind: 'byte' });
    case 'wordpiece': {
      const training = new TokenizerTraining({
        kind: 'wordpiece',
        vocabularySize: request.vocabulary ?? DEFAULT_VOCABULARY,
        minFrequency: defaultMinFrequency,
        specialTokens: defaultSpecialTokens.wordpiece,
      });
      training.push(trainText);
      training.endDocument();
      return createTokenizer({ kind: 'json', json: (await training.train()).json });
    }
    case 'json':
      if (request.tokenizerJson === undefined) {
        throw new LabError({
          code: 'tokenizer.invalid',
          message: 'No tokenizer.json was given.',
          advice: 'Drop a tokenizer.json, or choose characters or bytes.',
        });
      }
      return createTokenizer({ kind: 'json', json: request.tokenizerJson });
  }
}

/**
 * The text in two: the last `fraction` of its characters is held out. The cut moves to the nearest line end before it,
 * else to a space, if one is near, and never splits a surrogate pair.
 */
export function splitText(
  text: string,
  fraction: number,
): { readonly trainText: string; readonly heldOutText: string } {
  const wanted = Math.round(text.length * (1 - fraction));
  const from = Math.max(0, wanted - SPLIT_SEARCH);
  const line = text.lastIndexOf('\n', wanted - 1);
  const space = text.lastIndexOf(' ', wanted - 1);
  let cut = line >= from ? line + 1 : space >= from ? space : wanted;
  if (/[\udc00-\udfff]/.test(text.charAt(cut)) && cut > 0) cut--;
  return { trainText: text.slice(0, cut), heldOutText: text.slice(cut) };
}

function requireTokens(title: string, train: number, heldOut: number, request: DataRequest): void {
  const needed = request.minimumTokens;
  if (train >= needed && heldOut >= needed) return;
  const both = Math.ceil(needed / request.validationFraction);
  throw new LabError({
    code: 'data.invalid',
    message: `${title} is too short for this run.`,
    why: `Has ${train} tokens to train on and ${heldOut} held out; needs ${needed} in each part.`,
    advice: `Use more text (about ${both} tokens in all), a shorter sequence length, or hold out a larger share.`,
  });
}

function contentNotices(train: Uint32Array, dropped: number): readonly LabErrorData[] {
  const notices: LabErrorData[] = [];
  if (dropped > 0) {
    notices.push({
      code: 'tokenizer.invalid',
      message: `${dropped} pieces of the text have no token and were left out.`,
      advice: 'Choose a tokenizer that knows them, such as bytes.',
    });
  }
  if (train.every((id) => id === train[0])) {
    notices.push({
      code: 'data.invalid',
      message: 'The text is one token over and over: there is nothing to learn.',
      why: `All ${train.length} training tokens are equal.`,
    });
  }
  return notices;
}

function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) length++;
    // A surrogate pair has 2 units and 4 bytes: 1 more for each unit, which the line above added.
    if (code >= 0x800 && (code < 0xd800 || code > 0xdfff)) length++;
  }
  return length;
}
