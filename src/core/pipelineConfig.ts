// The schema of a data pipeline: which files are read how, which stages they pass in which order, and what is written.
// Pure data and rules, in the manner of runConfig.ts. It must not know how a pipeline is executed.

import * as v from 'valibot';

const integer = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const finite = (min: number, max: number) => v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));
const words = (count: number, length: number) =>
  v.pipe(v.array(v.pipe(v.string(), v.maxLength(length))), v.maxLength(count));

export const sourceFormats = ['text', 'jsonl', 'csv', 'html', 'markdown', 'email', 'code'] as const;
export type SourceFormat = (typeof sourceFormats)[number];
/** `latin1` is read as windows-1252, as browsers do. */
export const sourceEncodings = ['utf-8', 'utf-16le', 'utf-16be', 'gbk', 'latin1'] as const;
export type SourceEncoding = (typeof sourceEncodings)[number];

/** Stages that see one document at a time; a configuration orders them as it likes. What markup leaves is still to be made tidy. */
export const documentStageNames = ['markup', 'normalize', 'language', 'quality', 'personal-data'] as const;
export type DocumentStageName = (typeof documentStageNames)[number];
/** Stages that compare documents, decided by document order; they come after the others, in this order. */
export const corpusStageNames = ['exact-dedup', 'near-dedup', 'decontaminate'] as const;
export type CorpusStageName = (typeof corpusStageNames)[number];
export const stageNames = [...documentStageNames, ...corpusStageNames] as const;
export type StageName = (typeof stageNames)[number];

const sourceSchema = v.object({
  /** `auto`: by the file's name. */
  format: v.optional(v.picklist(['auto', ...sourceFormats]), 'auto'),
  encoding: v.optional(v.picklist(['auto', ...sourceEncodings]), 'auto'),
  /** What a document is in text, Markdown and source code; a row is one in JSONL and CSV, the file in HTML and e-mail. */
  documents: v.optional(v.picklist(['file', 'paragraph', 'line']), 'paragraph'),
  /** Columns of CSV and fields of JSONL that make the text, joined by line ends; empty: `text`, `content`, `body` or all texts. */
  columns: v.optional(words(32, 200), []),
  /** Bytes that the encoding does not allow become U+FFFD, or their document is left out. */
  invalidBytes: v.optional(v.picklist(['replace', 'drop']), 'replace'),
  /** Files that can be cut at line ends are worked on in pieces of about this size. */
  pieceKib: v.optional(integer(16, 16_384), 1_024),
});

const normalizeSchema = v.object({
  form: v.optional(v.picklist(['none', 'NFC', 'NFKC']), 'NFC'),
  /** Control and format characters out, but tab and line end. */
  controls: v.optional(v.boolean(), true),
  /** Runs of spaces to one, none at line ends, at most one empty line. */
  whiteSpace: v.optional(v.boolean(), true),
});

const markupSchema = v.object({
  /** `auto`: by the file's format, and nothing for text, tables and code. */
  kind: v.optional(v.picklist(['auto', 'html', 'markdown', 'email']), 'auto'),
});

const languageSchema = v.object({
  /** Codes such as `en`, `zh`, `und` (not recognised); empty keeps all. */
  keep: v.optional(words(64, 8), []),
});

const qualitySchema = v.object({
  minCharacters: v.optional(integer(0, 1e9), 20),
  maxCharacters: v.optional(integer(1, 1e9), 10_000_000),
  /** Characters that are no letter, digit or white space, of all. */
  maxSymbolShare: v.optional(finite(0, 1), 0.4),
  /** Characters in lines that came before, of all (Rae et al. 2021, table A1: 0.3 of lines). */
  maxRepeatedLines: v.optional(finite(0, 1), 0.3),
  /** Words in runs of 5 that came before, of all (Rae et al. 2021, table A1: 0.15). */
  maxRepeatedWords: v.optional(finite(0, 1), 0.15),
});

const personalDataSchema = v.object({
  email: v.optional(v.boolean(), true),
  phone: v.optional(v.boolean(), true),
  card: v.optional(v.boolean(), true),
  ip: v.optional(v.boolean(), true),
  chineseMobile: v.optional(v.boolean(), true),
  chineseIdentity: v.optional(v.boolean(), true),
});

/** File and record of documents that a person left out, such as the copies of one that is to be kept. */
const leaveOutSchema = v.pipe(v.array(v.strictTuple([integer(0, 1e6), integer(1, 1e12)])), v.maxLength(1_000));

const nearDedupSchema = v.object({
  /** Words in a shingle. */
  shingleWords: v.optional(integer(1, 32), 5),
  bands: v.optional(integer(1, 64), 16),
  rows: v.optional(integer(1, 32), 8),
  /** Estimated Jaccard similarity from which two documents are the same. */
  threshold: v.optional(finite(0, 1), 0.7),
  seed: v.optional(integer(0, 0xffff_ffff), 1),
});

const decontaminateSchema = v.object({
  /** Words in a run that both sides have (Brown et al. 2020, appendix C: 13). */
  words: v.optional(integer(1, 64), 13),
  /** Most of a document's runs that the held-out set may have too. */
  maxShare: v.optional(finite(0, 1), 0),
});

const splitSchema = v.object({
  /** Share of documents that is held out, chosen by the hash of their text. */
  validationFraction: v.optional(finite(0, 0.5), 0.05),
  seed: v.optional(integer(0, 0xffff_ffff), 1),
});

const tokenizeSchema = v.object({
  tokenizer: v.optional(v.picklist(['byte', 'json']), 'byte'),
  /** Tokenized on its own and put after every document; a special token such as `<|endoftext|>` works. */
  documentEnd: v.optional(v.pipe(v.string(), v.maxLength(64)), '\n\n'),
});

const packSchema = v.object({
  sequenceLength: v.optional(integer(1, 65_536), 256),
  /** Tokens of a shard file, rounded to whole sequences. */
  shardTokens: v.optional(integer(1_024, 268_435_456), 4_194_304),
});

export const pipelineConfigSchema = v.object({
  stages: v.optional(v.pipe(v.array(v.picklist(stageNames)), v.maxLength(stageNames.length)), [...stageNames]),
  leaveOut: v.optional(leaveOutSchema, []),
  source: v.optional(sourceSchema, {}),
  normalize: v.optional(normalizeSchema, {}),
  markup: v.optional(markupSchema, {}),
  language: v.optional(languageSchema, {}),
  quality: v.optional(qualitySchema, {}),
  personalData: v.optional(personalDataSchema, {}),
  nearDedup: v.optional(nearDedupSchema, {}),
  decontaminate: v.optional(decontaminateSchema, {}),
  split: v.optional(splitSchema, {}),
  tokenize: v.optional(tokenizeSchema, {}),
  pack: v.optional(packSchema, {}),
});
export type PipelineConfig = v.InferOutput<typeof pipelineConfigSchema>;

export const defaultPipelineConfig: PipelineConfig = v.parse(pipelineConfigSchema, {});
