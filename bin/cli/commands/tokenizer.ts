// `lab tokenizer train`: learns a tokenizer from text files and writes its tokenizer.json. Computed here, without a page.

import { access, constants, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  defaultMinFrequency,
  defaultSpecialTokens,
  type TokenizerTrainingOptions,
  type TrainingProgress,
  tokenizerKinds,
} from '../../../src/core/tokenizerRecords';
import { TokenizerTraining } from '../../../src/data/tokenizerTraining/trainTokenizer';
import type { CancellableCommand } from '../command';
import { LabFailure } from '../failure';
import type { Reporter } from '../reporter';
import { textPieces } from '../textPieces';
import { UsageError } from '../usage/commandSpec';
import type { ParsedArguments } from '../usage/usage';

/** Enough of the first merges to see what is learnt. */
const SHOWN_MERGES = 12;

export const tokenizer: CancellableCommand = async (parsed, reporter, signal) => {
  const options = optionsOf(parsed);
  const out = resolve(parsed.texts.get('out') ?? '');
  const files = await inputFiles(parsed.rest);
  await requireWritable(out, files, parsed.flags.has('force'));
  const training = new TokenizerTraining(options);
  const readStart = performance.now();
  await readFiles(files, training, reporter, signal);
  const trainStart = performance.now();
  const first: string[] = [];
  const trained = await training.train({
    signal,
    onProgress: (progress) => {
      reportProgress(progress, reporter);
      if (progress.phase !== 'merges') return;
      const wanted = progress.merges.slice(0, SHOWN_MERGES - first.length);
      first.push(...wanted.map(({ left, right }) => `${left}+${right}`));
    },
  });
  const seconds = { read: (trainStart - readStart) / 1_000, train: (performance.now() - trainStart) / 1_000 };
  reporter.endProgress();
  await writeWhole(out, trained.json);
  const { vocabularySize, merges, bytes, tokens, unknown } = trained;
  const bytesPerToken = bytes / tokens;
  const short = vocabularySize < options.vocabularySize;
  if (first.length > 0) reporter.result(`first merges: ${first.join(' ')}`);
  reporter.result(
    `${grouped(vocabularySize)} tokens of ${options.kind}${merges > 0 ? `, ${grouped(merges)} merges` : ''}, ` +
      `from ${grouped(bytes)} bytes of text; read in ${seconds.read.toFixed(1)} s, learnt in ${seconds.train.toFixed(1)} s`,
  );
  if (short) {
    reporter.result(
      `fewer than the ${grouped(options.vocabularySize)} asked for: nothing else occurs ${options.minFrequency} times`,
    );
  }
  reporter.result(
    `${bytesPerToken.toFixed(3)} bytes a token on this text, measured; byte level has 1${unknown > 0 ? `; ${grouped(unknown)} unknown` : ''}`,
  );
  if (training.leftOut > 0) {
    reporter.result(
      `too many different words to keep: those that came ${training.leftOut} times or less may be left out`,
    );
  }
  reporter.result(`wrote ${out}`);
  return {
    ok: true,
    summary: {
      out,
      kind: options.kind,
      vocabulary: vocabularySize,
      merges,
      bytes,
      tokens,
      bytesPerToken,
      unknown,
      leftOut: training.leftOut,
      seconds,
    },
  };
};

function optionsOf({ texts, numbers }: ParsedArguments): TokenizerTrainingOptions {
  const kind = tokenizerKinds.find((known) => known === texts.get('kind'));
  if (kind === undefined) throw new UsageError(`--kind is one of ${tokenizerKinds.join(', ')}`);
  const special = texts.get('special');
  return {
    kind,
    vocabularySize: numbers.get('vocabulary') ?? 0,
    minFrequency: numbers.get('min-frequency') ?? defaultMinFrequency,
    specialTokens:
      special === undefined ? defaultSpecialTokens[kind] : special.split(',').filter((each) => each !== ''),
  };
}

async function inputFiles(paths: readonly string[]): Promise<readonly string[]> {
  for (const path of paths) {
    const facts = await stat(path).catch(() => undefined);
    if (facts === undefined) throw new UsageError(`there is no file ${path}. Name text files that exist.`);
    if (facts.isDirectory()) throw new UsageError(`${path} is a folder. Name the files in it: ${path}/*.txt`);
  }
  return paths.map((path) => resolve(path));
}

async function requireWritable(out: string, files: readonly string[], force: boolean): Promise<void> {
  if (files.includes(out)) throw new UsageError(`--out ${out} is one of the files to learn from. Choose another name.`);
  const facts = await stat(out).catch(() => undefined);
  if (facts?.isDirectory()) throw new UsageError(`--out ${out} is a folder. Name a file in it: ${out}/tokenizer.json`);
  if (facts !== undefined && !force) {
    throw new UsageError(`--out ${out} exists already. Choose another name; --force replaces it.`);
  }
  await access(dirname(out)).catch(() => {
    throw new UsageError(`--out ${out} has no folder to be in: make ${dirname(out)} first.`);
  });
  await access(dirname(out), constants.W_OK).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--out ${out} cannot be written: ${why}. Choose a folder with permission.`);
  });
}

async function readFiles(
  files: readonly string[],
  training: TokenizerTraining,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, file] of files.entries()) {
    let bytes = 0;
    for await (const piece of textPieces(file)) {
      signal.throwIfAborted();
      training.push(piece.text);
      bytes += piece.bytes;
      reporter.progress(`reading ${file}, ${(bytes / 1e6).toFixed(0)} MB`, index / files.length);
    }
    training.endDocument();
    reporter.event({ event: 'read', file, bytes });
  }
}

function reportProgress(progress: TrainingProgress, reporter: Reporter): void {
  const { tokens, target } = progress;
  if (progress.phase === 'pruning') {
    const { bitsPerCharacter } = progress;
    reporter.event({ event: 'pruning', tokens, target, bitsPerCharacter });
    reporter.progress(`${grouped(tokens)} pieces, ${bitsPerCharacter.toFixed(3)} bits a character`, target / tokens);
    return;
  }
  const merges = progress.merges.map(({ left, right, count }) => [left, right, count]);
  reporter.event({ event: 'merges', tokens, target, merges });
  const newest = progress.merges.at(-1);
  reporter.progress(`${grouped(tokens)} tokens: ${newest?.left}+${newest?.right}`, tokens / target);
}

/** Under its name the file is there whole or not at all. */
async function writeWhole(out: string, text: string): Promise<void> {
  const part = `${out}.part`;
  try {
    await writeFile(part, text);
    await rename(part, out);
  } catch (error) {
    await rm(part, { force: true });
    throw new LabFailure(
      'output',
      `${out} could not be written: ${error instanceof Error ? error.message : String(error)}`,
      'Choose a place with room and permission.',
    );
  }
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
