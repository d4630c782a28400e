// The tokenizer of a Hugging Face folder: its tokenizer.json, or one made of the files that older folders have instead, vocab.txt as BERT's
// and vocab.json with merges.txt as GPT-2's and RoBERTa's. Pure; it tokenizes nothing. Whatever it makes is checked where it is used.

import { LabError } from '../core/errors';
import { type FolderFiles, folderText } from './folderFiles';
import { isRecord, parseRecord, shortly } from './jsonRecord';

export interface FolderTokenizer {
  /** tokenizer.json's text, unchecked. */
  readonly json: string;
  /** The files that it was read from. */
  readonly from: readonly string[];
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly single_word: boolean;
}

type Settings = Readonly<Record<string, unknown>>;

/** Models whose tokenizer is BERT's: WordPiece after BERT's own splitting. */
const WORDPIECE_CLASSES =
  /^(Bert|DistilBert|Electra|MobileBert|MPNet|RetriBert|SqueezeBert|Funnel|Lxmert|LayoutLM)Tokenizer(Fast)?$/;
const BYTE_LEVEL_CLASSES = /^(GPT2|Roberta|Longformer|Bart|LED)Tokenizer(Fast)?$/;
/** Those of them that put <s> and </s> around a text. */
const ENCLOSING_CLASSES = /^(Roberta|Longformer|Bart|LED)Tokenizer(Fast)?$/;
const ROLES = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token'];

/**
 * The folder's tokenizer, or null where it has none.
 * @throws LabError `tokenizer.invalid` where its files cannot be read or make no tokenizer that is known
 */
export function readFolderTokenizer(files: FolderFiles): FolderTokenizer | null {
  const json = folderText(files, 'tokenizer.json');
  if (json !== null) return { json, from: ['tokenizer.json'] };
  const settings = readSettings(files);
  const named = typeof settings['tokenizer_class'] === 'string' ? settings['tokenizer_class'] : null;
  const words = folderText(files, 'vocab.txt');
  const vocabulary = folderText(files, 'vocab.json');
  const merges = folderText(files, 'merges.txt');
  if (words !== null) {
    requireClass(named, WORDPIECE_CLASSES, 'vocab.txt', 'WordPiece as BERT has it');
    return made(wordPieceJson(words, settings), ['vocab.txt'], files);
  }
  if (vocabulary !== null && merges !== null) {
    requireClass(named, BYTE_LEVEL_CLASSES, 'vocab.json and merges.txt', 'byte-level BPE as GPT-2 and RoBERTa have it');
    const encloses = named === null ? hasTokens(vocabulary, '<s>', '</s>') : ENCLOSING_CLASSES.test(named);
    return made(byteLevelJson(vocabulary, merges, settings, encloses), ['vocab.json', 'merges.txt'], files);
  }
  if (vocabulary !== null || merges !== null) {
    throw invalid(
      `The folder has ${vocabulary === null ? 'merges.txt' : 'vocab.json'} and no ${vocabulary === null ? 'vocab.json' : 'merges.txt'}.`,
      'A byte-level BPE tokenizer is both of them.',
    );
  }
  const piece = [...files.keys()].find((name) => /^(tokenizer|spiece|sentencepiece(\.bpe)?)\.model$/.test(name));
  if (piece !== undefined)
    throw invalid(
      `The folder has ${piece}, a SentencePiece model, and no tokenizer.json.`,
      'SentencePiece models are not read.',
    );
  return null;
}

function made(json: Settings, from: readonly string[], files: FolderFiles): FolderTokenizer {
  const config = files.has('tokenizer_config.json') ? ['tokenizer_config.json'] : [];
  return { json: JSON.stringify(json), from: [...from, ...config] };
}

function requireClass(named: string | null, known: RegExp, files: string, kind: string): void {
  if (named === null || known.test(named) || /^PreTrainedTokenizer(Fast)?$/.test(named)) return;
  throw invalid(
    `The folder's tokenizer is a ${shortly(named)}, given as ${files}.`,
    `Without tokenizer.json only ${kind} is known.`,
  );
}

/** vocab.txt: a token a line, its id the line's number from 0. Splitting as BertTokenizer does it, by tokenizer_config.json. */
function wordPieceJson(text: string, settings: Settings): Settings {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  const vocab = new Map<string, number>();
  for (const [id, token] of lines.entries()) {
    const before = vocab.get(token);
    if (before !== undefined)
      throw invalid(`vocab.txt has ${shortly(token)} twice.`, `Lines ${before + 1} and ${id + 1}`);
    vocab.set(token, id);
  }
  if (settings['do_basic_tokenize'] === false || settings['never_split'])
    throw invalid(
      'tokenizer_config.json changes how words are split.',
      'do_basic_tokenize = false and never_split are not known.',
    );
  const special = (role: string, usual: string): { readonly content: string; readonly id: number } => {
    const content = tokenOf(settings, role) ?? usual;
    const id = vocab.get(content);
    if (id === undefined) throw invalid(`vocab.txt has no ${shortly(content)}.`, `It is the tokenizer's ${role}.`);
    return { content, id };
  };
  const cls = special('cls_token', '[CLS]');
  const sep = special('sep_token', '[SEP]');
  const unknown = special('unk_token', '[UNK]');
  const others = [tokenOf(settings, 'pad_token') ?? '[PAD]', tokenOf(settings, 'mask_token') ?? '[MASK]'];
  const part = (token: { content: string }, type: number) => ({ SpecialToken: { id: token.content, type_id: type } });
  const sequence = (id: 'A' | 'B', type: number) => ({ Sequence: { id, type_id: type } });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(settings, vocab, [cls.content, sep.content, unknown.content, ...others]),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: flag(settings, 'tokenize_chinese_chars', true),
      strip_accents: typeof settings['strip_accents'] === 'boolean' ? settings['strip_accents'] : null,
      lowercase: flag(settings, 'do_lower_case', true),
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [part(cls, 0), sequence('A', 0), part(sep, 0)],
      pair: [part(cls, 0), sequence('A', 0), part(sep, 0), sequence('B', 1), part(sep, 1)],
      special_tokens: Object.fromEntries(
        [cls, sep].map(({ content, id }) => [content, { id: content, ids: [id], tokens: [content] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: unknown.content,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab),
    },
  };
}

/** vocab.json: ids by token; merges.txt: a pair a line, the earlier the sooner, `#version` above them. */
function byteLevelJson(vocabularyText: string, mergesText: string, settings: Settings, encloses: boolean): Settings {
  const vocabulary = parseVocabulary(vocabularyText);
  const merges = mergesText
    .split(/\r\n|\n|\r/)
    .filter((line, number) => line !== '' && !(number === 0 && line.startsWith('#version')));
  const special = (role: string, usual: string): string => tokenOf(settings, role) ?? usual;
  const added = encloses
    ? [
        special('bos_token', '<s>'),
        special('pad_token', '<pad>'),
        special('eos_token', '</s>'),
        special('unk_token', '<unk>'),
        special('mask_token', '<mask>'),
      ]
    : [special('bos_token', '<|endoftext|>'), special('eos_token', '<|endoftext|>')];
  const prefixed = flag(settings, 'add_prefix_space', false);
  const pair = (role: string, usual: string): [string, number] => {
    const content = special(role, usual);
    const id = vocabulary.get(content);
    if (id === undefined) throw invalid(`vocab.json has no ${shortly(content)}.`, `It is the tokenizer's ${role}.`);
    return [content, id];
  };
  if (!encloses && (settings['add_bos_token'] === true || settings['add_eos_token'] === true))
    throw invalid(
      'tokenizer_config.json adds tokens to every text.',
      'add_bos_token and add_eos_token need a tokenizer.json.',
    );
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: addedTokens(settings, vocabulary, added),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: prefixed, trim_offsets: true, use_regex: true },
    post_processor: encloses
      ? {
          type: 'RobertaProcessing',
          sep: pair('sep_token', '</s>'),
          cls: pair('cls_token', '<s>'),
          trim_offsets: true,
          add_prefix_space: prefixed,
        }
      : { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary),
      merges,
    },
  };
}

function parseVocabulary(text: string): ReadonlyMap<string, number> {
  const vocabulary = new Map<string, number>();
  for (const [token, id] of Object.entries(parseRecord('vocab.json', text))) {
    if (typeof id !== 'number')
      throw invalid(`vocab.json gives ${shortly(token)} no number.`, `It says ${shortly(id)}.`);
    vocabulary.set(token, id);
  }
  return vocabulary;
}

function hasTokens(vocabularyText: string, ...tokens: readonly string[]): boolean {
  const vocabulary = parseVocabulary(vocabularyText);
  return tokens.every((token) => vocabulary.has(token));
}

/** tokenizer_config.json, with what special_tokens_map.json and added_tokens.json add to it. */
function readSettings(files: FolderFiles): Settings {
  const parse = (name: string): Settings => {
    const text = folderText(files, name);
    return text === null ? {} : parseRecord(name, text);
  };
  const added = parse('added_tokens.json');
  return {
    ...parse('special_tokens_map.json'),
    ...parse('tokenizer_config.json'),
    ...(files.has('added_tokens.json') ? { added } : {}),
  };
}

/** A special token is written as text, or as an object with its text. */
function tokenOf(settings: Settings, role: string): string | undefined {
  const value = settings[role];
  const content = isRecord(value) ? value['content'] : value;
  return typeof content === 'string' ? content : undefined;
}

/** Special tokens of the vocabulary, and those that the folder adds beyond it, in the order of their ids. */
function addedTokens(
  settings: Settings,
  vocabulary: ReadonlyMap<string, number>,
  usual: readonly string[],
): readonly AddedToken[] {
  const tokens = new Map<number, AddedToken>();
  const take = (id: number, content: string, special: boolean, given: Settings = {}): void => {
    tokens.set(id, {
      id,
      content,
      single_word: given['single_word'] === true,
      lstrip: given['lstrip'] === true,
      rstrip: given['rstrip'] === true,
      normalized: given['normalized'] === true,
      special,
    });
  };
  const { added, added_tokens_decoder: decoder } = settings;
  for (const content of [...usual, ...ROLES.flatMap((role) => tokenOf(settings, role) ?? [])]) {
    const id = vocabulary.get(content);
    if (id !== undefined) take(id, content, true);
  }
  // A mask that is an object says so itself; <mask> takes the space before it along, as transformers' RobertaTokenizer has it.
  const mask = settings['mask_token'];
  const content = tokenOf(settings, 'mask_token') ?? '<mask>';
  const id = vocabulary.get(content);
  if (id !== undefined && tokens.has(id) && (isRecord(mask) || content === '<mask>'))
    take(id, content, true, isRecord(mask) ? mask : { lstrip: true });
  if (isRecord(added))
    for (const [content, id] of Object.entries(added)) take(Number(id), content, usual.includes(content));
  if (isRecord(decoder)) {
    for (const [id, token] of Object.entries(decoder))
      if (isRecord(token) && typeof token['content'] === 'string')
        take(Number(id), token['content'], token['special'] === true, token);
  }
  return [...tokens.values()].sort((a, b) => a.id - b.id);
}

function flag(settings: Settings, name: string, usual: boolean): boolean {
  const value = settings[name];
  return typeof value === 'boolean' ? value : usual;
}

function invalid(message: string, why: string): LabError {
  return new LabError({
    code: 'tokenizer.invalid',
    message,
    why,
    advice: 'Add the tokenizer.json that AutoTokenizer.from_pretrained(...).save_pretrained(...) writes.',
  });
}
