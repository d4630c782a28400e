// From labelled records to the sequences that a model with a head for them learns from: split, tokenized, framed, cut to the length of a
// sequence. The last records are held out. Pure; a tokenizer.json may hold a pattern that never ends, so it runs where it can be killed.

import { LabError, type LabErrorData } from '../core/errors';
import type { PreparedData } from '../core/records';
import type { LabelledRecord, MaskingRule, SequenceData, SequencePart, SequenceTask } from '../core/sequenceRecords';
import { answerWindows } from './answerWindows';
import { IGNORED_TARGET } from './batcher';
import type { JsonTokenizer } from './jsonTokenizer';
import { isAnswered, isLabelled, isTagged, kindOf, textsOf } from './labelledRecords';
import { labelNotices } from './labelNotices';
import { type FramedText, frameLength, frameText, maskToken, padToken, requireMarks, textFrame } from './textFrame';
import type { Tokenizer } from './tokenizer';
import { invalidTokenizer } from './tokenizerJsonCheck';
import { WordEncoder } from './wordSpans';

/** Label of a word that no span names. */
const NO_LABEL = 'O';
/** Devlin et al. 2019, section 3.1. */
const MASKED_SHARE = 0.15;
/** Tokens of the context that two windows of a question share at most. */
const OVERLAP = 128;
const QUESTION = 64;

export interface SequenceRequest {
  readonly title: string;
  readonly records: readonly LabelledRecord[];
  readonly task: Exclude<SequenceTask, 'masked-lm'>;
  readonly tokenizer: Tokenizer;
  /** Tokens of a sequence at most; longer texts are cut, longer contexts read in windows. */
  readonly sequenceLength: number;
  /** Share of the records, from their end, that is held out. */
  readonly validationFraction: number;
}

/** @throws LabError `tokenizer.invalid` without a mask token or marks */
export function maskingRule(tokenizer: Tokenizer): MaskingRule {
  const marked = requireMarks(tokenizer);
  const mask = maskToken(marked);
  if (mask === null)
    throw invalidTokenizer(
      'The tokenizer has no token for a hidden word.',
      'Neither [MASK] nor <mask> is among its tokens.',
    );
  const { before, after } = textFrame(marked);
  const special = marked.specialTokens.map(({ id }) => id);
  return { mask: mask.id, before, after, special, share: MASKED_SHARE, vocabularySize: marked.vocabularySize };
}

/** @throws LabError `data.invalid` for records that are not for the task, or too few; `tokenizer.invalid` */
export function prepareSequences(request: SequenceRequest): PreparedData {
  const { records, title, task } = request;
  const tokenizer = requireMarks(request.tokenizer);
  const wrong = records.find((record) => taskOf(record) !== task);
  if (wrong !== undefined)
    throw new LabError({
      code: 'data.invalid',
      message: `${title} does not fit the head of the model.`,
      why: `A record is a ${kindOf(wrong)}, which trains ${taskOf(wrong)}; the model is for ${task}.`,
      advice: 'Choose the model that the records are for.',
    });
  const parts = splitRecords(title, records, request.validationFraction);
  const labels = task === 'question-answering' ? [] : labelsOf(records);
  const sequencer = new Sequencer(tokenizer, request.sequenceLength, labels);
  const [train, validation] = [sequencer.part(parts.train), sequencer.part(parts.validation)];
  const sequences: SequenceData = {
    task,
    pad: padToken(tokenizer)?.id ?? 0,
    train: train.part,
    validation: validation.part,
    labels,
    uniformEntropy: task === 'question-answering' ? spanEntropy(validation.part) : Math.log(labels.length),
    questions: parts.validation.filter(isAnswered),
  };
  const counted =
    task === 'question-answering' ? sequences.uniformEntropy : labelEntropy(train.part, validation.part, labels);
  const texts = parts.validation.flatMap(textsOf);
  return {
    tokenizer: tokenizer.spec,
    vocabularySize: tokenizer.vocabularySize,
    trainTokens: train.tokens,
    validationTokens: validation.tokens,
    bytesPerToken:
      texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0) / validation.tokens.length,
    unigramEntropy: counted,
    bigramEntropy: counted,
    title,
    characters: records.flatMap(textsOf).reduce((sum, text) => sum + text.length, 0),
    notices: [...labelNotices(records), ...cutNotices(sequencer.cut, request.sequenceLength)],
    sequences,
  };
}

/** The last `fraction` of the records is held out, one at least. @throws LabError `data.invalid` where nothing would be left to learn from */
export function splitRecords(
  title: string,
  records: readonly LabelledRecord[],
  fraction: number,
): { readonly train: readonly LabelledRecord[]; readonly validation: readonly LabelledRecord[] } {
  const held = Math.max(1, Math.round(records.length * fraction));
  if (records.length <= held)
    throw new LabError({
      code: 'data.invalid',
      message: `${title} has too few records.`,
      why: `It has ${records.length}; one is needed to train on and one to hold out.`,
      advice: 'Give more records.',
    });
  return { train: records.slice(0, records.length - held), validation: records.slice(records.length - held) };
}

function taskOf(record: LabelledRecord): Exclude<SequenceTask, 'masked-lm'> {
  if (isAnswered(record)) return 'question-answering';
  return isLabelled(record) ? 'sequence-classification' : 'token-classification';
}

/** In the order of the alphabet, so that they do not depend on the order of the records. */
function labelsOf(records: readonly LabelledRecord[]): readonly string[] {
  const names = records.flatMap((record) =>
    isLabelled(record) ? [record.label] : isTagged(record) ? [NO_LABEL, ...record.spans.map(({ label }) => label)] : [],
  );
  return [...new Set(names)].sort();
}

class Sequencer {
  /** Texts that were longer than a sequence. */
  cut = 0;
  private readonly words: WordEncoder;
  private readonly frame: ReturnType<typeof textFrame>;
  private readonly indexOf: ReadonlyMap<string, number>;

  constructor(
    private readonly tokenizer: JsonTokenizer,
    private readonly length: number,
    labels: readonly string[],
  ) {
    this.words = new WordEncoder(tokenizer);
    this.frame = textFrame(tokenizer);
    this.indexOf = new Map(labels.map((label, index) => [label, index]));
  }

  part(records: readonly LabelledRecord[]): { readonly tokens: Uint32Array; readonly part: SequencePart } {
    const tokens: number[] = [];
    const typeIds: number[] = [];
    const targets: number[] = [];
    const starts: number[] = [0];
    for (const record of records)
      for (const { sequence, target } of this.sequences(record)) {
        for (const [t, id] of sequence.ids.entries()) {
          tokens.push(id);
          typeIds.push(sequence.typeIds[t]);
        }
        for (const value of target) targets.push(value);
        starts.push(tokens.length);
      }
    return {
      tokens: Uint32Array.from(tokens),
      part: { starts: Uint32Array.from(starts), typeIds: Uint8Array.from(typeIds), targets: Int32Array.from(targets) },
    };
  }

  private sequences(
    record: LabelledRecord,
  ): readonly { readonly sequence: FramedText; readonly target: readonly number[] }[] {
    if (isAnswered(record)) return this.windows(record);
    const room = Math.max(0, this.length - frameLength(this.frame, 1));
    if (isLabelled(record)) {
      const ids = this.tokenizer.encode(record.text);
      if (ids.length > room) this.cut++;
      return [
        { sequence: frameText(this.frame, ids.subarray(0, room)), target: [this.indexOf.get(record.label) ?? 0] },
      ];
    }
    const { ids, wordOf, words } = this.words.encode(record.text);
    if (ids.length > room) this.cut++;
    const sequence = frameText(this.frame, ids.subarray(0, room));
    // As transformers' run_ner: a word's first token has its label, the others and the marks do not count.
    const target = Array.from(sequence.ids, (_, place) => {
      const t = place - sequence.start;
      if (t < 0 || t >= Math.min(room, ids.length) || (t > 0 && wordOf[t] === wordOf[t - 1])) return IGNORED_TARGET;
      const { start } = words[wordOf[t]];
      const span = record.spans.find((each) => each.start <= start && start < each.end);
      return this.indexOf.get(span?.label ?? NO_LABEL) ?? 0;
    });
    return [{ sequence, target }];
  }

  /** Each window of the context; one that does not hold the whole answer points at its first token, as transformers' run_qa has it. */
  private windows(record: {
    readonly question: string;
    readonly context: string;
    readonly answer: string;
    readonly answerStart: number;
  }): readonly { readonly sequence: FramedText; readonly target: readonly number[] }[] {
    const { ids, wordOf, words } = this.words.encode(record.context);
    const question = this.tokenizer.encode(record.question).subarray(0, QUESTION);
    const end = record.answerStart + record.answer.length;
    const inAnswer = (t: number): boolean => {
      const word = words[wordOf[t]];
      return record.answer !== '' && word.start < end && word.end > record.answerStart;
    };
    const tokens = [...ids.keys()].filter(inAnswer);
    const [first, last] = [tokens[0] ?? -1, tokens.at(-1) ?? -1];
    const options = { length: this.length, overlap: Math.min(OVERLAP, this.length >> 1) };
    return answerWindows(this.frame, question, ids, options).map((window) => {
      const holds = first >= window.first && last < window.first + window.length && first >= 0;
      const at = (t: number): number => window.sequence.start + t - window.first;
      return { sequence: window.sequence, target: holds ? [at(first), at(last)] : [0, 0] };
    });
  }
}

/** Cross-entropy of the held-out classes under the training part's counts of them, each counted once more: what labels alone tell. */
function labelEntropy(train: SequencePart, heldOut: SequencePart, labels: readonly string[]): number {
  const counts = new Float64Array(labels.length).fill(1);
  let total = labels.length;
  for (const target of train.targets)
    if (target >= 0) {
      counts[target]++;
      total++;
    }
  const valid = heldOut.targets.filter((target) => target >= 0);
  return valid.reduce((sum, target) => sum - Math.log(counts[target] / total), 0) / Math.max(1, valid.length);
}

/** Of guessing a place: the mean over sequences of the logarithm of their lengths. */
function spanEntropy({ starts }: SequencePart): number {
  let sum = 0;
  for (let index = 1; index < starts.length; index++) sum += Math.log(starts[index] - starts[index - 1]);
  return sum / Math.max(1, starts.length - 1);
}

function cutNotices(cut: number, sequenceLength: number): readonly LabErrorData[] {
  if (cut === 0) return [];
  return [
    {
      code: 'data.invalid',
      message: `${cut} texts are longer than a sequence and were cut.`,
      why: `A sequence has ${sequenceLength} tokens.`,
      advice: 'Raise the sequence length to read all of them.',
    },
  ];
}
