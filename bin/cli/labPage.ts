// The page in a headless Chromium: opened, watched and asked to run commands. Every wait ends: by an answer, by a
// deadline, or by a named failure when the page crashes, closes or stops answering. It knows no command's meaning.

import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright';
import { chromiumFlags, findChromium, installAdvice } from '../../scripts/chromium.mjs';
import {
  type AutomationCommand,
  type AutomationEvent,
  type AutomationReply,
  automationBinding,
  automationVersion,
} from '../../src/ui/automationApi';
import { LabFailure } from './failure';

// Not by `import`, which searches the whole bundle for names that it may export: half a second at every start.
const { chromium }: typeof import('playwright') = createRequire(import.meta.url)('playwright');

export interface LabPage {
  /**
   * Runs one command at a time.
   * @param chosen paths of the files that the command names by their place
   * @throws LabFailure
   */
  run(
    command: AutomationCommand,
    onEvent: (event: AutomationEvent) => void,
    chosen?: readonly string[],
  ): Promise<AutomationReply>;
  close(): Promise<void>;
}

export interface LabPageOptions {
  readonly origin: string;
  /** Errors of the page's console, for people. */
  readonly onPageError: (text: string) => void;
  /** Until the page must have come up. */
  readonly openDeadlineMs?: number;
  /** How long the page may leave a ping unanswered: compiling shaders can block it for a while. */
  readonly silenceMs?: number;
  /** A context of its own, with an empty page, in a browser that stays open; else a browser is started for the command. */
  readonly openContext?: ((origin: string) => Promise<BrowserContext>) | undefined;
}

export async function openLabPage(options: LabPageOptions): Promise<LabPage> {
  const { openDeadlineMs = 60_000, silenceMs = 120_000 } = options;
  const opened = options.openContext && (await options.openContext(options.origin));
  const browser = opened
    ? { context: opened, close: () => withinSeconds(opened.close()) }
    : await launch(openDeadlineMs);
  const [page] = browser.context.pages();
  const errors: string[] = [];
  const report = (text: string) => {
    errors.push(text);
    options.onPageError(text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error') report(`${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => report(error.message));
  const watch = watchPage(browser, page, silenceMs);
  let onEvent: (event: AutomationEvent) => void = () => {};
  try {
    await page.exposeFunction(automationBinding, (event: AutomationEvent) => onEvent(event));
    await Promise.race([comeUp(page, options.origin, openDeadlineMs, errors), watch.broken]);
    watch.forbidReload();
  } catch (error) {
    await watch.close();
    throw error;
  }
  return {
    async run(command, listener, chosen = []) {
      onEvent = listener;
      const reply = chooseFiles(page, chosen).then((chooser) =>
        page.evaluate(async ([request, { files }]) => globalThis.shardlab?.run(request, [...(files ?? [])]), [
          command,
          chooser,
        ] as const),
      );
      // The browser's own words for a page that went away come at the same time as ours, which say more.
      const answered = await Promise.race([reply.catch((error: unknown) => watch.orThrow(error)), watch.broken]);
      if (answered === undefined) throw new LabFailure('page.closed', 'the page has lost its automation interface');
      return answered;
    },
    close: () => watch.close(),
  };
}

/** As a person gives files to the page: it reads them from the disk, and they pass through no server. */
async function chooseFiles(page: Page, paths: readonly string[]) {
  const chooser = await page.evaluateHandle(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    return input;
  });
  try {
    if (paths.length > 0) await chooser.setInputFiles([...paths]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LabFailure(
      'input',
      `the files could not be given to the page: ${why}`,
      'Are they still there, and may you read them?',
    );
  }
  return chooser;
}

interface Launched {
  readonly context: BrowserContext;
  /** Ends the browser; nothing of it stays on the disk. */
  close(): Promise<void>;
}

/** With a profile of its own on the disk: without one, a browser keeps in memory whatever the page stores. */
async function launch(timeout: number): Promise<Launched> {
  const executablePath = await findChromium();
  if (executablePath === undefined) throw new LabFailure('browser.missing', 'no Chromium was found', installAdvice);
  const profile = await mkdtemp(join(tmpdir(), 'shardlab-browser-')).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new LabFailure(
      'browser.launch',
      `the browser got no folder for its profile: ${why}`,
      'TMPDIR names another.',
    );
  });
  const forget = () => rm(profile, { recursive: true, force: true, maxRetries: 3, retryDelay: 200 }).catch(() => {});
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      timeout,
      args: chromiumFlags('hardware'),
      // The command line closes the browser itself, and says so.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    return {
      context,
      async close() {
        await withinSeconds(context.close());
        await forget();
      },
    };
  } catch (error) {
    await forget();
    const why = error instanceof Error ? error.message : String(error);
    throw new LabFailure(
      'browser.launch',
      `${executablePath} did not start: ${why}`,
      'LAB_CHROMIUM names another browser.',
    );
  }
}

/** A browser that hangs is left to its own end; the launcher then leaves by itself. */
async function withinSeconds(closed: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 5_000);
  });
  await Promise.race([closed, late]);
  clearTimeout(timer);
}

/** Opens the page and waits for its AutomationApi. */
async function comeUp(page: Page, origin: string, deadlineMs: number, errors: readonly string[]): Promise<void> {
  const end = Date.now() + deadlineMs;
  const seconds = Math.round(deadlineMs / 1000);
  await page.goto(`${origin}/?automation`, { timeout: deadlineMs }).catch((error: unknown) => {
    throw new LabFailure(
      'page.timeout',
      `the page did not load: ${error instanceof Error ? error.message : String(error)}`,
    );
  });
  while (Date.now() < end) {
    const version = await page.evaluate(() => globalThis.shardlab?.version);
    if (version === automationVersion) return;
    if (version !== undefined) {
      throw new LabFailure(
        'page.timeout',
        `the page speaks version ${version}, this command line ${automationVersion}`,
        'Build both again: npm run build',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const heard = errors.length === 0 ? 'it reported no error' : `it reported: ${errors.join('; ')}`;
  throw new LabFailure(
    'page.timeout',
    `the page was not ready after ${seconds} s; ${heard}`,
    'Is dist/ complete? npm run build makes it anew.',
  );
}

interface Watch {
  /** Rejects when the page is lost; never resolves. */
  readonly broken: Promise<never>;
  /** Throws the reason why the page was lost, if it was; else what is given. */
  orThrow(error: unknown): Promise<never>;
  /** From now on a reload is a loss: what ran in the page is gone. */
  forbidReload(): void;
  close(): Promise<void>;
}

function watchPage({ context, close }: Launched, page: Page, silenceMs: number): Watch {
  let fail: (failure: LabFailure) => void = () => {};
  let closing = false;
  const broken = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  // Rejections are seen by whoever races against it; with nobody waiting there is nobody to tell.
  broken.catch(() => {});
  const lost = (code: 'page.crashed' | 'page.closed' | 'page.silent', message: string) => {
    if (!closing) fail(new LabFailure(code, message, 'Run it again; with a smaller model if memory was short.'));
  };
  page.on('crash', () => lost('page.crashed', 'the page crashed'));
  page.on('close', () => lost('page.closed', 'the page was closed'));
  context.on('close', () => lost('page.closed', 'the browser ended'));
  let lastAnswer = Date.now();
  const pings = setInterval(
    () => {
      page
        .evaluate(() => true)
        .then(
          () => {
            lastAnswer = Date.now();
          },
          // A lost page is told of by the events above.
          () => {},
        );
      if (Date.now() - lastAnswer > silenceMs) {
        lost('page.silent', `the page has not answered for ${Math.round(silenceMs / 1000)} s`);
      }
    },
    Math.min(5_000, silenceMs / 4),
  );
  return {
    broken,
    async orThrow(error) {
      const grace = new Promise<never>((_resolve, reject) => setTimeout(() => reject(error), 500));
      return Promise.race([broken, grace]);
    },
    forbidReload() {
      page.on('domcontentloaded', () => lost('page.closed', 'the page was reloaded and lost its work'));
    },
    async close() {
      closing = true;
      clearInterval(pings);
      await close();
    },
  };
}
