// `lab data`: files and folders through the data pipeline of the page, into a folder of token shards.

import { access, constants, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { PipelineProgress, PipelineSummary, StageReport } from '../../../src/core/pipelineRecords';
import { taskNames } from '../../../src/core/runConfig';
import { isRecord } from '../../../src/interop/jsonRecord';
import type { TaskSource } from '../../../src/workers/protocol';
import type { Command, Lab, Outcome } from '../command';
import { existingFile, jsonFile, outputFolder } from '../inputFiles';
import { UsageError } from '../usage/commandSpec';

const WORKERS = 2;
/** Begins the name of what is generated. */
const TASK = 'task:';
const EXAMPLES = 20_000;
/** Clusters of duplicates that are told, one a line; the summary has how many there are. */
const TOLD_CLUSTERS = 50;

interface DataFile {
  /** Under the folder that was named. */
  readonly name: string;
  readonly path: string;
}

export const data: Command = async ({ positional = '', rest, texts, numbers, flags }) => {
  const named = [positional, ...rest];
  const tasks = named.filter((name) => name.startsWith(TASK)).map(taskOf);
  const found = await Promise.all(named.filter((name) => !name.startsWith(TASK)).map(filesAt));
  const files = found.flatMap((each) => each.files);
  const leftOut = found.flatMap((each) => each.leftOut);
  const configFile = texts.get('config');
  const config = configFile === undefined ? undefined : (await jsonFile(await existingFile(configFile)))?.value;
  const out = texts.get('out') ?? '';
  const folder = await outputFolder(out, flags.has('force'));
  if (files.some(({ path }) => path.startsWith(join(folder, '/')))) {
    throw new UsageError(`--out ${out} has files that are to be read. Choose another folder.`);
  }
  const tokenizer = texts.get('tokenizer');
  const tokenizerFile = tokenizer === undefined ? undefined : await existingFile(tokenizer);
  const chosen = tokenizerFile === undefined ? config : withTokenizer(config);
  return async (lab) => {
    await emptiedOfShards(folder, out);
    for (const { name, why } of leftOut) {
      lab.reporter.note(`${name} is left out: ${why}`);
      lab.reporter.event({ event: 'leftOut', name, why });
    }
    const read = files.map(({ name }, chosen) => ({ name, chosen }));
    const inputs = [...read, ...tasks];
    const answer = await lab.run(
      {
        command: 'data',
        inputs,
        config: chosen,
        workers: numbers.get('workers') ?? WORKERS,
        outputUrl: lab.server.openOutput(folder),
        ...(tokenizerFile === undefined ? {} : { tokenizer: lab.server.addInput(tokenizerFile) }),
      },
      (event) => {
        if (event.type === 'pipeline') tellProgress(event.progress, lab);
      },
      files.map(({ path }) => path),
    );
    if (answer.command !== 'data') throw new Error('the page answered another command');
    return tellSummary(answer.summary, folder, leftOut.length, lab);
  };
};

/** A tokenizer that is named is used, unless the configuration says otherwise. @throws UsageError */
function withTokenizer(config: unknown): unknown {
  const written = config ?? {};
  const tokenize = isRecord(written) ? (written['tokenize'] ?? {}) : null;
  // What it should be the page says.
  if (!isRecord(written) || !isRecord(tokenize)) return config;
  if (tokenize['tokenizer'] === 'byte')
    throw new UsageError(
      "--tokenizer names a file, and tokenize.tokenizer of the configuration is 'byte'. Leave one of them out.",
    );
  return { ...written, tokenize: { tokenizer: 'json', ...tokenize } };
}

/** The folder, made where it is not there. With --force it may have shards of an earlier run: an index must never be beside others than its own. */
async function emptiedOfShards(folder: string, out: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    await rm(join(folder, 'index.json'), { force: true });
    const shards = (await readdir(folder)).filter((name) =>
      /^(train|validation)-(\d{5,}|documents)\.bin(\.partial)?$/.test(name),
    );
    for (const name of shards) await rm(join(folder, name));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--out ${out} cannot be written: ${why}`);
  }
}

/** `task:NAME`, `task:NAME:EXAMPLES` or `task:NAME:EXAMPLES:SEED`. @throws UsageError */
function taskOf(written: string): { readonly name: string; readonly task: TaskSource } {
  const [, name, examples = String(EXAMPLES), seed = '1', ...more] = written.split(':');
  const task = taskNames.find((known) => known === name);
  const numbers = [Number(examples), Number(seed)];
  if (
    task === undefined ||
    more.length > 0 ||
    !numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 1e7)
  ) {
    throw new UsageError(
      `'${written}' is no task; it takes task:NAME, task:NAME:EXAMPLES or task:NAME:EXAMPLES:SEED with NAME one of ${taskNames.join(', ')}`,
    );
  }
  return { name: written, task: { task, examples: numbers[0], seed: numbers[1] } };
}

interface Found {
  readonly files: readonly DataFile[];
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/**
 * A file, or all files under a folder in alphabetical order, links to files among them. Names that begin with a dot are left out, as `ls` does;
 * links to folders, which may lead in circles, are told.
 */
async function filesAt(path: string): Promise<Found> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) throw new UsageError(`there is no file ${path}. Name files or folders that exist.`);
  if (!facts.isDirectory()) {
    if (!facts.isFile()) throw new UsageError(`${path} is neither a file nor a folder.`);
    return { files: [{ name: basename(path), path: resolve(path) }], leftOut: [] };
  }
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files: DataFile[] = [];
  const leftOut: { name: string; why: string }[] = [];
  const wanted = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  for (const each of wanted.sort()) {
    const inside = relative(path, each);
    if (inside.split(/[\\/]/).some((name) => name.startsWith('.'))) continue;
    const name = join(basename(resolve(path)), inside);
    const target = await stat(each).catch(() => undefined);
    if (target?.isFile()) files.push({ name, path: resolve(each) });
    else if (target?.isDirectory()) leftOut.push({ name, why: 'It is a link to a folder; name that folder itself.' });
    else leftOut.push({ name, why: target === undefined ? 'It is a link to nothing.' : 'It is no file.' });
  }
  if (files.length === 0) throw new UsageError(`${path} has no files in it.`);
  return { files, leftOut };
}

function tellProgress({ stages: _stages, ...progress }: PipelineProgress, { reporter }: Lab): void {
  const { phase, bytes, totalBytes, seconds } = progress;
  const rate = seconds > 0 ? bytes / 1e6 / seconds : 0;
  reporter.event({ event: 'progress', ...progress });
  reporter.progress(
    `${phase}: ${(bytes / 1e6).toFixed(1)} MB, ${rate.toFixed(1)} MB/s`,
    totalBytes > 0 ? bytes / totalBytes : null,
  );
}

function tellSummary(summary: PipelineSummary, folder: string, leftOut: number, { reporter }: Lab): Outcome {
  const { index, files, stages, clusters, seconds, ...rest } = summary;
  reporter.endProgress();
  for (const file of files) {
    reporter.event({ event: 'file', ...file });
    if (file.refusal !== null)
      reporter.note(`${file.refusal.message} ${file.refusal.why ?? ''} ${file.refusal.advice ?? ''}`);
    if (file.badRows > 0) {
      const [first] = file.badRowSamples;
      reporter.note(`${file.name}: ${file.badRows} bad rows; row ${first.row} ${first.why}`);
    }
  }
  for (const { message, why } of rest.notices) reporter.note(`${message} ${why ?? ''}`);
  for (const stage of stages) reporter.event({ event: 'stage', ...stage });
  for (const cluster of clusters.slice(0, TOLD_CLUSTERS)) reporter.event({ event: 'cluster', ...cluster });
  const bytes = files.reduce((sum, file) => sum + (file.refusal === null ? file.bytes : 0), 0);
  for (const stage of stages) reporter.result(stageLine(stage));
  const { train, validation } = index.splits;
  const megabytesPerSecond = bytes / 1e6 / seconds;
  reporter.result(
    `${grouped(train.tokens)} tokens of ${grouped(train.documents)} documents to train on, ${grouped(validation.tokens)} of ` +
      `${grouped(validation.documents)} held out, ${summary.clustersInAll} clusters of duplicates; ` +
      `${(bytes / 1e6).toFixed(1)} MB in ${seconds.toFixed(1)} s, ${megabytesPerSecond.toFixed(1)} MB/s with ${summary.workers} workers`,
  );
  reporter.result(`wrote ${folder}`);
  const { config, ...shards } = index;
  return {
    ok: train.tokens > 0,
    summary: {
      ...{ out: folder, bytes, seconds, megabytesPerSecond, index: shards, config, ...rest },
      refused: files.filter(({ refusal }) => refusal !== null).length + leftOut,
      badRows: files.reduce((sum, { badRows }) => sum + badRows, 0),
      ...(train.tokens > 0
        ? {}
        : {
            error: {
              code: 'data.invalid',
              message: 'No document is left to train on.',
              advice: 'Which stage left them out is above.',
            },
          }),
    },
  };
}

function stageLine({
  stage,
  documentsIn,
  documentsOut,
  changed,
  dropped,
  counts,
  milliseconds,
  charactersIn,
}: StageReport): string {
  const left = Object.entries(dropped).map(([reason, count]) => `${grouped(count)} ${reason}`);
  const own = Object.entries(counts).map(([what, count]) => `${what} ${grouped(count)}`);
  const rate =
    milliseconds > 0 && charactersIn > 0 ? `${(charactersIn / 1e3 / milliseconds).toFixed(0)} M characters/s` : '';
  const parts = [
    `${grouped(documentsIn)} in, ${grouped(documentsOut)} out`,
    changed > 0 ? `${grouped(changed)} changed` : '',
    ...left,
    ...own,
    rate,
  ];
  return `${stage.padEnd(14)} ${parts.filter((part) => part !== '').join('; ')}`;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
