// Reads labelled records, one JSON object a line: {text, label}, {text, spans} or {question, context, answer, answerStart}. All of one kind; what
// is none of them is refused with its line. Pure.

import { LabError } from '../core/errors';
import type { AnsweredQuestion, LabelledRecord, LabelledText, TaggedText } from '../core/sequenceRecords';

const FIELDS = '{"text", "label"}, {"text", "spans"} or {"question", "context", "answer", "answerStart"}';

/** @throws LabError `data.invalid` naming the line */
export function parseLabelledRecords(name: string, text: string): LabelledRecord[] {
  const records: LabelledRecord[] = [];
  for (const [index, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (line.trim() === '') continue;
    const refuse = (why: string): LabError =>
      new LabError({
        code: 'data.invalid',
        message: `${name}, line ${index + 1}, is no labelled record.`,
        why,
        advice: `Write one JSON object a line: ${FIELDS}.`,
      });
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw refuse(cause instanceof Error ? cause.message : String(cause));
    }
    const record = readRecord(value);
    if (typeof record === 'string') throw refuse(record);
    if (records.length > 0 && kindOf(records[0]) !== kindOf(record))
      throw refuse(`It is a ${kindOf(record)}, and the lines before it are a ${kindOf(records[0])} each.`);
    records.push(record);
  }
  if (records.length === 0)
    throw new LabError({
      code: 'data.invalid',
      message: `${name} holds no records.`,
      advice: `Give lines of ${FIELDS}.`,
    });
  return records;
}

export function isLabelled(record: LabelledRecord): record is LabelledText {
  return 'label' in record;
}

export function isTagged(record: LabelledRecord): record is TaggedText {
  return 'spans' in record;
}

export function isAnswered(record: LabelledRecord): record is AnsweredQuestion {
  return 'question' in record;
}

export function kindOf(record: LabelledRecord): string {
  return isLabelled(record) ? 'labelled text' : isTagged(record) ? 'tagged text' : 'question';
}

/** The texts of a record, for a model or a tokenizer that learns from running text. */
export function textsOf(record: LabelledRecord): readonly string[] {
  return isAnswered(record) ? [record.question, record.context] : [record.text];
}

/** Why it is none, as text. */
function readRecord(value: unknown): LabelledRecord | string {
  if (!isObject(value)) return 'It is no object.';
  const { text, label, spans, question, context, answer, answerStart } = value;
  if (typeof question === 'string' && typeof context === 'string') {
    if (typeof answer !== 'string') return 'Its answer is no text.';
    const start = answer === '' ? 0 : answerStart;
    if (typeof start !== 'number' || context.slice(start, start + answer.length) !== answer)
      return 'The answer does not stand in the context at answerStart.';
    return { question, context, answer, answerStart: start };
  }
  if (typeof text !== 'string') return 'It has neither a text nor a question with a context.';
  if (typeof label === 'string' || (typeof label === 'number' && Number.isFinite(label)))
    return { text, label: String(label) };
  if (!Array.isArray(spans)) return 'It has neither a label nor spans.';
  const read = spans.map((span: unknown) => {
    if (!isObject(span)) return null;
    const { start, end, label: name } = span;
    const inside =
      typeof start === 'number' && typeof end === 'number' && 0 <= start && start < end && end <= text.length;
    return inside && typeof name === 'string' ? { start, end, label: name } : null;
  });
  const found = read.filter((span) => span !== null);
  return found.length === read.length ? { text, spans: found } : 'A span is not {start, end, label} within the text.';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
