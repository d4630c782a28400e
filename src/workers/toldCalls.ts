// Calls whose worker tells something on the way: progress, whose silence means that it is stuck; rows and pieces of text, each heard once.
// They know no worker and no API.

import type { LabError } from '../core/errors';
import type { GenerateResult, TextProgress } from '../core/records';
import type { LifeLine } from './settling';

/**
 * What a worker tells on the way comes over a port of its own, which the reply may overtake: what arrives after the reply is not passed on, so
 * that nothing looks under way that is over.
 */
export async function untilAnswered<Told extends unknown[], Result>(
  onTold: (...told: Told) => void,
  work: (tell: (...told: Told) => void) => Promise<Result>,
): Promise<Result> {
  let answered = false;
  try {
    return await work((...told) => {
      if (!answered) onTold(...told);
    });
  } finally {
    answered = true;
  }
}

/** A call that tells its progress: where it is silent for too long, its worker is stuck and is ended. */
export async function whileHeard<Progress, Result>(
  line: LifeLine,
  silenceMs: number,
  stuck: () => LabError,
  onProgress: (progress: Progress) => void,
  work: (onProgress: (progress: Progress) => void) => Promise<Result>,
): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const rewind = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => line.end(stuck()), silenceMs);
  };
  rewind();
  try {
    return await untilAnswered(
      (progress: Progress) => {
        rewind();
        onProgress(progress);
      },
      (tell) => line.guard(() => work(tell)),
    );
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Rows that the reply overtook are told from the reply, so that a caller has heard every row once, in order, when it gets the result.
 */
export function tellAll<Row>(
  onRow: (row: Row) => void,
  work: (tell: (row: Row) => void) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  return tellRows(onRow, work, (rows) => rows);
}

/** The same for a text that comes in pieces. */
export async function tellText(
  onText: (piece: string, progress: TextProgress) => void,
  work: (tell: (piece: string, progress: TextProgress) => void) => Promise<GenerateResult>,
): Promise<GenerateResult> {
  let heard = 0;
  const result = await untilAnswered((piece: string, progress: TextProgress) => {
    heard += piece.length;
    onText(piece, progress);
  }, work);
  const { text, tokens, promptTokens, droppedTokens } = result;
  const contextTokens = promptTokens + tokens.length - droppedTokens;
  if (text.length > heard) onText(text.slice(heard), { tokens: tokens.length, contextTokens, droppedTokens });
  return result;
}

/** The same for a result that has more than rows. */
export async function tellRows<Row, Result>(
  onRow: (row: Row) => void,
  work: (tell: (row: Row) => void) => Promise<Result>,
  rowsOf: (result: Result) => readonly Row[],
): Promise<Result> {
  let heard = 0;
  const result = await untilAnswered((row: Row) => {
    heard++;
    onRow(row);
  }, work);
  for (const row of rowsOf(result).slice(heard)) onRow(row);
  return result;
}
