// `lab train`: trains a preset or a configuration file, a line a step; --out writes the model's Hugging Face folder,
// metrics.jsonl (as it goes, so that a crash loses nothing) and run.json (what ran, and on what).

import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { ExportOptions } from '../../../src/core/exportOptions';
import { nonFiniteRanksText } from '../../../src/core/nonFiniteRanks';
import type { EvaluationRow, RunFacts, StepRow } from '../../../src/core/records';
import type { ConfigOverrides, ConfigSource } from '../../../src/ui/automationApi';
import type { RankEvent } from '../../../src/workers/protocol';
import { adapterName, type Command, FailedInPage, type Lab, type Outcome } from '../command';
import { existingFile, filesOf, jsonFile, modelFileNames, outputFolder } from '../inputFiles';
import { loraFields } from '../loraOptions';
import { meshOverrides } from '../meshOptions';
import { type EventLine, toJsonLine } from '../reporter';
import { UsageError } from '../usage/commandSpec';
import type { ParsedArguments } from '../usage/usage';
import { weightOptions } from '../weightOptions';

export const train: Command = async (parsed) => {
  const { positional = '', texts, numbers, flags } = parsed;
  const mesh = meshOverrides(parsed);
  const out = texts.get('out');
  const work: TrainWork = {
    source: await configSource(positional),
    overrides: {
      ...mesh,
      train: { ...mesh.train, ...definedNumbers({ steps: numbers.get('steps'), seed: numbers.get('seed') }) },
      lora: loraFields(texts.get('lora')),
    },
    textFile: await optionalFile(texts.get('text')),
    tokenizerFile: await optionalFile(texts.get('tokenizer')),
    from: await startFiles(texts.get('from')),
    out: out === undefined ? null : await outputFolder(out, flags.has('force')),
    exported: exportOptions(parsed),
  };
  return (lab) => runTraining(lab, work);
};

interface TrainWork {
  readonly source: ConfigSource;
  readonly overrides: ConfigOverrides;
  readonly textFile: string | undefined;
  readonly tokenizerFile: string | undefined;
  readonly from: { readonly name: string; readonly files: readonly string[] } | undefined;
  readonly out: string | null;
  readonly exported: ExportOptions;
}

/** @throws UsageError for options that do not go together */
function exportOptions({ texts, flags }: ParsedArguments): ExportOptions {
  const weights = weightOptions(texts);
  const asked =
    ['dtype', 'max-shard-size'].find((option) => texts.has(option)) ?? (flags.has('shards') ? 'shards' : null);
  if (asked !== null && !texts.has('out')) throw new UsageError(`--${asked} goes with --out DIR`);
  if (!flags.has('shards')) return weights;
  if (Object.keys(weights).length > 0)
    throw new UsageError(
      '--shards writes what each rank holds, in F32: --dtype and --max-shard-size are for whole weights',
    );
  return { form: 'shards' };
}

async function runTraining(
  lab: Lab,
  { source, overrides, textFile, tokenizerFile, from, out, exported }: TrainWork,
): Promise<Outcome> {
  if (out !== null) await mkdir(out, { recursive: true });
  const log = new TrainingLog(lab, out === null ? null : createWriteStream(join(out, 'metrics.jsonl')));
  try {
    const result = await lab.run(
      {
        command: 'train',
        source,
        overrides,
        ...(textFile === undefined ? {} : { text: lab.server.addInput(textFile) }),
        ...(tokenizerFile === undefined ? {} : { tokenizer: lab.server.addInput(tokenizerFile) }),
        ...(from === undefined
          ? {}
          : { from: { name: from.name, inputs: from.files.map((file) => lab.server.addInput(file)) } }),
        outputUrl: out === null ? null : lab.server.openOutput(out),
        exported,
      },
      (event) => {
        if (event.type === 'rank') log.take(event.event);
      },
    );
    if (result.command !== 'train') throw new Error('the page answered another command');
    const { facts, state, evaluation, files, adapter } = result;
    if (log.lastEvaluatedStep !== evaluation.step) log.take({ type: 'evaluation', row: evaluation });
    lab.reporter.endProgress();
    if (out !== null) {
      const { config, ...measured } = facts;
      await writeFile(
        join(out, 'run.json'),
        `${JSON.stringify({ config, adapter, facts: measured, evaluation }, null, 2)}\n`,
      );
      lab.reporter.note(
        `wrote ${[...files.map(({ name }) => name), 'metrics.jsonl', 'run.json'].join(', ')} to ${out}`,
      );
    }
    for (const file of files) lab.reporter.event({ event: 'file', ...file });
    lab.reporter.result(
      `held-out loss ${evaluation.loss.toFixed(4)} nats/token (bigram ${facts.bigramEntropy.toFixed(4)}), ` +
        `${judgementText(evaluation)} after ${log.lastStep?.step ?? 0} steps on ${adapterName(adapter)}`,
    );
    return {
      ok: state === 'finished' && log.failure === undefined,
      summary: {
        state,
        steps: log.lastStep?.step ?? 0,
        loss: log.lastStep?.loss ?? null,
        elapsedMs: log.lastStep?.elapsedMs ?? null,
        evaluation,
        parameterCount: facts.parameterCount,
        trainedCount: facts.trainedCount,
        bigramEntropy: facts.bigramEntropy,
        seed: facts.config.train.seed,
        strategy: facts.config.parallel.strategy,
        tuning: facts.tuning,
        out,
        adapter: adapterName(adapter),
        software: adapter.software,
        ...(log.failure === undefined ? {} : { error: log.failure.error }),
      },
    };
  } finally {
    lab.reporter.endProgress();
    await log.close();
  }
}

/** Turns rank events into lines for people, for programs and for metrics.jsonl. */
class TrainingLog {
  lastStep: StepRow | undefined;
  lastEvaluatedStep: number | undefined;
  failure: FailedInPage | undefined;
  #facts: RunFacts | undefined;
  #phase = '';

  constructor(
    readonly lab: Lab,
    readonly metrics: WriteStream | null,
  ) {}

  take(event: RankEvent): void {
    const { reporter } = this.lab;
    switch (event.type) {
      case 'facts':
        this.#facts = event.facts;
        reporter.event({ event: 'facts', ...event.facts });
        reporter.note(factsLine(event.facts));
        return;
      case 'steps':
        for (const row of event.rows) this.#step(row);
        return;
      case 'evaluation': {
        const { row } = event;
        this.lastEvaluatedStep = row.step;
        this.#record({ event: 'evaluation', ...row });
        reporter.note(`  held out at step ${row.step}: ${row.loss.toFixed(4)} nats, ${judgementText(row)}`);
        return;
      }
      case 'sample':
        if (!event.row.done) return;
        this.#record({ event: 'sample', ...event.row });
        reporter.note(`  sample at step ${event.row.step}: ${JSON.stringify(event.row.prompt + event.row.text)}`);
        return;
      case 'phase':
        reporter.progress(event.label, event.progress);
        if (event.label !== this.#phase) reporter.event({ event: 'phase', label: event.label });
        this.#phase = event.label;
        return;
      case 'memory':
        reporter.event({ event: 'memory', rows: event.rows, liveBuffers: event.liveBuffers });
        return;
      case 'notice':
        reporter.event({ event: 'notice', ...event.notice });
        reporter.note(
          `  note: ${event.notice.message}${event.notice.why === undefined ? '' : ` (${event.notice.why})`}`,
        );
        return;
      case 'failure':
        this.failure = new FailedInPage(event.error);
        reporter.event({ event: 'failure', ...event.error });
        return;
      case 'mesh':
        reporter.event({ event: 'mesh', ...event.facts });
        reporter.note(`${event.facts.ranks.length} ranks share this machine's device`);
        return;
      case 'ledger':
      case 'tensor':
      case 'ranks':
      case 'throughput':
      case 'trace':
      case 'state':
      case 'heartbeat':
        return;
    }
  }

  async close(): Promise<void> {
    const { metrics } = this;
    if (metrics !== null) await new Promise<void>((resolve) => metrics.end(resolve));
  }

  #step(row: StepRow): void {
    this.lastStep = row;
    this.#record({ event: 'step', ...row });
    const total = this.#facts?.config.train.steps;
    const rate = row.elapsedMs > 0 ? ((1000 * row.step) / row.elapsedMs).toFixed(1) : '-';
    const ranks = row.nonFiniteRanks === undefined ? '' : ` (${nonFiniteRanksText(row.nonFiniteRanks)})`;
    const skipped = row.nonFinite > 0 ? `  ${row.nonFinite} non-finite gradients: not applied${ranks}` : ranks;
    this.lab.reporter.note(
      `step ${String(row.step).padStart(String(total ?? '').length)}${total === undefined ? '' : `/${total}`}  ` +
        `loss ${row.loss.toFixed(4)}  gradient norm ${row.gradientNorm.toFixed(3)}  ` +
        `learning rate ${row.learningRate.toExponential(2)}  ${rate} steps/s${skipped}`,
    );
    this.lab.reporter.progress(`step ${row.step}`, total === undefined ? null : row.step / total);
  }

  #record(line: EventLine): void {
    this.lab.reporter.event(line);
    this.metrics?.write(`${toJsonLine(line)}\n`);
  }
}

/** What the loss stands for: bits a byte of a language model, else how well the model does what it is for. */
function judgementText({ judgement, bitsPerByte }: EvaluationRow): string {
  if (judgement === undefined) return `${bitsPerByte.toFixed(3)} bits/byte`;
  const { accuracy = 0, majority = 0, exactMatch, f1 = 0, judged } = judgement;
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  return exactMatch === undefined
    ? `accuracy ${percent(accuracy)} of ${judged} (always the commonest: ${percent(majority)})`
    : `exact match ${percent(exactMatch)}, F1 ${percent(f1)} of ${judged} questions`;
}

function factsLine(facts: RunFacts): string {
  const adapted = facts.config.lora.r > 0 ? `${facts.trainedCount.toLocaleString('en')} trained beside them, ` : '';
  return (
    `${facts.parameterCount.toLocaleString('en')} parameters, ${adapted}vocabulary ${facts.vocabularySize}, ` +
    `${facts.trainTokens.toLocaleString('en')} tokens to train on, ${facts.validationTokens.toLocaleString('en')} held out, ` +
    `${(facts.totalBytes / 2 ** 20).toFixed(1)} MiB on the device`
  );
}

/** A file where there is one of that name or it looks like a path; else a preset, which the page knows. */
/** A preset's name, or what stands in a file. @throws UsageError */
export async function configSource(name: string): Promise<ConfigSource> {
  const file = await jsonFile(name);
  if (file !== undefined) return file;
  if (/[\\/]|\.json$/.test(name)) await existingFile(name);
  return { preset: name };
}

/** The folder that a run begins with. @throws UsageError */
async function startFiles(folder: string | undefined): Promise<TrainWork['from']> {
  if (folder === undefined) return undefined;
  return { name: basename(resolve(folder)), files: await filesOf(folder, modelFileNames, ['config.json']) };
}

async function optionalFile(path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : existingFile(path);
}

function definedNumbers({ steps, seed }: { steps: number | undefined; seed: number | undefined }): {
  steps?: number;
  seed?: number;
} {
  return { ...(steps === undefined ? {} : { steps }), ...(seed === undefined ? {} : { seed }) };
}
