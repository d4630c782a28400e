// `lab fill`, `classify`, `tag`, `answer` and `similar`: a Hugging Face folder reads texts and is asked about them.

import { readFile } from 'node:fs/promises';
import {
  type Pooling,
  poolings,
  type ReadingRequest,
  type ReadingResult,
  readingDefaults,
} from '../../../src/core/answerRecords';
import { adapterName, type Command, type Outcome, type Work } from '../command';
import { existingFile, filesOf, modelFileNames } from '../inputFiles';
import { UsageError } from '../usage/commandSpec';
import type { ParsedArguments } from '../usage/usage';

type ResultOf<Task> = Extract<ReadingResult, { readonly task: Task }>;

/** Asks, tells `lines` of the answer to people and all of it to programs. */
async function asking<Task extends ReadingRequest['task']>(
  { positional = '' }: ParsedArguments,
  request: ReadingRequest & { readonly task: Task },
  lines: (result: ResultOf<Task>) => readonly string[],
): Promise<Work> {
  const files = await filesOf(positional, modelFileNames, ['config.json']);
  return async (lab): Promise<Outcome> => {
    const inputs = files.map((file) => lab.server.addInput(file));
    const reply = await lab.run({ command: 'read', inputs, request }, () => undefined);
    if (reply.command !== 'read') throw new Error('the page answered another command');
    const { result, adapter } = reply;
    const summary = { ...result, request, adapter: adapterName(adapter), software: adapter.software };
    if (!isOf(result, request.task)) throw new Error('the page answered another question');
    for (const line of lines(result)) lab.reporter.result(line);
    return { ok: true, summary };
  };
}

function isOf<Task extends ReadingResult['task']>(result: ReadingResult, task: Task): result is ResultOf<Task> {
  return result.task === task;
}

const percent = (share: number): string => `${(100 * share).toFixed(2).padStart(6)}%`;

/** @throws UsageError */
function oneText({ command, rest }: ParsedArguments): string {
  const [text = '', more] = rest;
  if (more !== undefined) throw new UsageError(`${command} takes one text; put it in quotes`);
  return text;
}

export const fill: Command = async (parsed) => {
  const topK = parsed.numbers.get('top-k') ?? readingDefaults.fillTopK;
  return asking(parsed, { task: 'fill', text: oneText(parsed), topK }, ({ gaps }) =>
    gaps.flatMap(({ candidates }, gap) => [
      ...(gaps.length > 1 ? [`gap ${gap + 1}`] : []),
      ...candidates.map(({ token, probability, text }) => `${percent(probability)}  ${token.padEnd(16)} ${text}`),
    ]),
  );
};

export const classify: Command = async (parsed) =>
  asking(parsed, { task: 'classify', texts: parsed.rest }, ({ texts }) =>
    texts.flatMap(({ classes }, index) => [
      parsed.rest[index],
      ...classes.map(({ label, probability }) => `${percent(probability)}  ${label}`),
    ]),
  );

export const tag: Command = async (parsed) =>
  asking(parsed, { task: 'tag', text: oneText(parsed) }, ({ words }) =>
    words.map(({ word, label, probability }) => `${percent(probability)}  ${label.padEnd(12)} ${word}`),
  );

export const answer: Command = async (parsed) => {
  const { texts, numbers, flags } = parsed;
  const file = texts.get('context-file');
  const written = texts.get('context');
  if ((file === undefined) === (written === undefined))
    throw new UsageError('answer takes one of --context TEXT and --context-file FILE');
  const request = {
    task: 'answer',
    question: oneText(parsed),
    context: written ?? (await readFile(await existingFile(file ?? ''), 'utf8')),
    topK: numbers.get('top-k') ?? readingDefaults.answerTopK,
    maxAnswerTokens: numbers.get('max-answer-tokens') ?? readingDefaults.maxAnswerTokens,
    allowNone: flags.has('allow-none'),
  } as const;
  return asking(parsed, request, ({ answers }) =>
    answers.map(({ text, start, end, score }) =>
      text === '' ? `${percent(score)}  no answer` : `${percent(score)}  ${text}  (characters ${start} to ${end})`,
    ),
  );
};

export const similar: Command = async (parsed) => {
  const { rest, texts } = parsed;
  if (rest.length < 2) throw new UsageError('similar takes a text and at least one to compare it with');
  const pooling: Pooling = poolings.find((name) => name === texts.get('pooling')) ?? 'mean';
  return asking(parsed, { task: 'similar', texts: rest, pooling }, ({ similarities: [first] }) =>
    rest
      .map((text, index) => ({ text, cosine: first[index] }))
      .slice(1)
      .sort((a, b) => b.cosine - a.cosine)
      .map(({ text, cosine }) => `${cosine.toFixed(4).padStart(7)}  ${text}`),
  );
};
