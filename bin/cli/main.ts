// The command line: reads the arguments, runs one command in the lab's page in a headless browser, or here where it needs none, reports.
// Exit status 0 ok, 1 not ok, 2 wrong usage, 130 and 143 when interrupted. Commands have files of their own.

import { LabError } from '../../src/core/errors';
import {
  adapterName,
  type CancellableCommand,
  type Command,
  FailedInPage,
  type Lab,
  type LocalCommand,
  type Outcome,
  RefusedByPage,
  type Work,
} from './command';
import { adapter } from './commands/adapter';
import { bench } from './commands/bench';
import { conformance, verify } from './commands/checks';
import { data } from './commands/data';
import { distill } from './commands/distill';
import { exportFolder } from './commands/export';
import { generate } from './commands/generate';
import { inspect } from './commands/inspect';
import { plan } from './commands/plan';
import { predict } from './commands/predict';
import { quantize } from './commands/quantize';
import { answer, classify, fill, similar, tag } from './commands/read';
import { listScenes, scene } from './commands/scene';
import { schedule } from './commands/schedule';
import { tokenizer } from './commands/tokenizer';
import { train } from './commands/train';
import { LabFailure } from './failure';
import { type LabPageOptions, openLabPage } from './labPage';
import { startLabServer } from './labServer';
import { type OutputStream, Reporter } from './reporter';
import { UsageError } from './usage/commandSpec';
import { commands, helpText, parseArguments } from './usage/usage';

const pageCommands: Readonly<Record<string, Command>> = {
  adapter,
  verify,
  conformance,
  train,
  generate,
  inspect,
  fill,
  classify,
  tag,
  answer,
  similar,
  quantize,
  distill,
  bench,
  predict,
  data,
  scene,
};
const localCommands: Readonly<Record<string, LocalCommand>> = { plan, schedule, export: exportFolder };
const cancellableCommands: Readonly<Record<string, CancellableCommand>> = { tokenizer };

export interface LabEnvironment {
  /** The built page. */
  readonly root: string;
  readonly stdout?: OutputStream;
  readonly stderr?: OutputStream;
  readonly openDeadlineMs?: number;
  /** How long the page may leave a ping unanswered. */
  readonly silenceMs?: number;
  /** As LabPageOptions has it. */
  readonly openContext?: LabPageOptions['openContext'];
}

/** Runs the command line; the result is the exit status. Never rejects. */
export async function main(argv: readonly string[], environment: LabEnvironment): Promise<number> {
  const { stdout = process.stdout, stderr = process.stderr } = environment;
  const reporter = new Reporter(argv.includes('--json'), stdout, stderr);
  try {
    if (argv.includes('--help') || argv[0] === 'help') {
      stdout.write(`${helpText(argv.find((word) => commands.some(({ name }) => name === word)))}\n`);
      return 0;
    }
    const parsed = parseArguments(argv);
    const local =
      parsed.command === 'scene' && parsed.positional === undefined ? listScenes : localCommands[parsed.command];
    if (local !== undefined) return reportOutcome(await local(parsed, reporter), reporter);
    const cancellable = cancellableCommands[parsed.command];
    if (cancellable !== undefined) {
      const abort = new AbortController();
      return await interruptibly(reporter, async (onClose) => {
        onClose(async () => abort.abort());
        return reportOutcome(await cancellable(parsed, reporter, abort.signal), reporter);
      });
    }
    const command = pageCommands[parsed.command];
    if (command === undefined) throw new UsageError(`${parsed.command} is not there yet`);
    const work = await command(parsed);
    return await interruptibly(reporter, (onClose) => runWork(work, reporter, environment, onClose));
  } catch (error) {
    return reportError(error, reporter);
  }
}

async function runWork(
  work: Work,
  reporter: Reporter,
  environment: LabEnvironment,
  onClose: (close: () => Promise<void>) => void,
): Promise<number> {
  const server = await startLabServer(environment.root);
  onClose(() => server.close());
  try {
    const page = await openLabPage({
      origin: server.origin,
      onPageError: (text) => reporter.note(`page error: ${text}`),
      openContext: environment.openContext,
      ...(environment.openDeadlineMs === undefined ? {} : { openDeadlineMs: environment.openDeadlineMs }),
      ...(environment.silenceMs === undefined ? {} : { silenceMs: environment.silenceMs }),
    });
    onClose(() => page.close());
    try {
      return reportOutcome(await work(await openLab(server, page, reporter)), reporter);
    } finally {
      await page.close();
    }
  } finally {
    await server.close();
  }
}

function reportOutcome({ ok, summary }: Outcome, reporter: Reporter): number {
  reporter.event({ event: 'done', ok, ...summary });
  return ok ? 0 : 1;
}

/** Asks for the adapter first: it belongs to every record, and may be refused. */
async function openLab(
  server: Lab['server'],
  page: Awaited<ReturnType<typeof openLabPage>>,
  reporter: Reporter,
): Promise<Lab> {
  const run: Lab['run'] = async (command, onEvent, chosen) => {
    const reply = await page.run(command, onEvent, chosen);
    if (reply.outcome === 'done') return reply.result;
    if (reply.outcome === 'refused') throw new RefusedByPage(reply.message, reply.issues);
    throw new FailedInPage(reply.error);
  };
  const answer = await run({ command: 'adapter' }, () => {});
  if (answer.command !== 'adapter') throw new Error('the page answered another command');
  const facts = answer.adapter;
  if (facts.software && process.env['LAB_REQUIRE_GPU'] === '1') {
    throw new LabFailure(
      'gpu.software',
      `LAB_REQUIRE_GPU=1 is set, and the adapter is ${adapterName(facts)}`,
      'LAB_CHROMIUM_ARGS sets the GPU flags of the browser.',
    );
  }
  return { adapter: facts, server, reporter, run };
}

/** Runs until it ends or a signal comes; a second signal ends the process at once. */
async function interruptibly(
  reporter: Reporter,
  run: (onClose: (close: () => Promise<void>) => void) => Promise<number>,
): Promise<number> {
  const closers: (() => Promise<void>)[] = [];
  const signals = { SIGINT: 130, SIGTERM: 143 } as const;
  let interrupt: (status: number) => void = () => {};
  const interrupted = new Promise<number>((resolve) => {
    interrupt = resolve;
  });
  const handlers = Object.entries(signals).map(([signal, status]) => {
    let seen = false;
    const handler = () => {
      if (seen) process.exit(status);
      seen = true;
      reporter.endProgress();
      reporter.note('stopping ...');
      interrupt(status);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  try {
    const finished = run((close) => closers.unshift(close));
    // After a signal the run's own end, whatever it is, has nobody left to tell.
    finished.catch(() => {});
    const status = await Promise.race([finished, interrupted]);
    if (status === 130 || status === 143) {
      for (const close of closers) await close().catch(() => {});
      reporter.event({ event: 'done', ok: false, error: { code: 'run.cancelled', message: 'interrupted' } });
    }
    return status;
  } finally {
    for (const remove of handlers) remove();
  }
}

/** Says what went wrong, for people and programs; the exit status. */
function reportError(error: unknown, reporter: Reporter): number {
  reporter.endProgress();
  if (error instanceof UsageError) {
    reporter.note(`lab: ${error.message}\nlab --help lists all commands.`);
    reporter.event({ event: 'done', ok: false, error: { code: 'usage', message: error.message } });
    return 2;
  }
  if (error instanceof RefusedByPage) {
    reporter.note(`lab: ${error.message}`);
    for (const { path, got, expected } of error.issues) reporter.note(`  ${path}: got ${got}, takes ${expected}`);
    reporter.event({
      event: 'done',
      ok: false,
      error: { code: 'usage', message: error.message, issues: error.issues },
    });
    return 2;
  }
  const data = errorData(error);
  reporter.note(`lab: ${data.message}`);
  for (const line of [data.why, data.advice, data.details]) if (line !== undefined) reporter.note(`  ${line}`);
  reporter.event({ event: 'done', ok: false, error: data });
  return 1;
}

function errorData(error: unknown): { code: string; message: string; why?: string; advice?: string; details?: string } {
  if (error instanceof FailedInPage) return error.error;
  if (error instanceof LabError) return error.toData();
  if (error instanceof LabFailure) {
    return {
      code: error.code,
      message: error.message,
      ...(error.advice === undefined ? {} : { advice: error.advice }),
    };
  }
  if (error instanceof Error) {
    return { code: 'internal', message: error.message, ...(error.stack === undefined ? {} : { details: error.stack }) };
  }
  return { code: 'internal', message: String(error) };
}
