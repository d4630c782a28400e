// One request to a Hub, with a deadline, and what each refusal means in words. It never asks again by itself and keeps nothing.

import { LabError } from '../../core/errors';

/** The browser's fetch, or a test's. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface HubConnection {
  readonly fetch: Fetch;
  /** Aborted when the person cancels. */
  readonly signal: AbortSignal;
  /** A server that is silent for so long is given up. */
  readonly silenceMs: number;
  /** Waits; @throws the signal's reason when it is aborted meanwhile. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** An attempt that failed in a way that another may not. */
export class Interrupted extends Error {
  constructor(
    readonly why: string,
    /** That the server asked to wait, milliseconds. */
    readonly waitMs = 0,
    /** It brought something new: the attempts are counted anew. */
    readonly progressed = false,
  ) {
    super(why);
  }
}

/** Runs an attempt that is given up where nothing is heard for too long. @throws Interrupted then; what `work` throws */
export async function listening<T>(
  { signal, silenceMs }: HubConnection,
  work: (signal: AbortSignal, heard: () => void) => Promise<T>,
): Promise<T> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), silenceMs);
  };
  heard();
  try {
    return await work(AbortSignal.any([signal, silence.signal]), heard);
  } catch (thrown) {
    signal.throwIfAborted();
    if (silence.signal.aborted && !(thrown instanceof LabError))
      throw new Interrupted(`The server was silent for ${silenceMs / 1000} s.`);
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A response that may be read: status 200, 206 or 416.
 * @param what for messages: the file, or the model's list of files
 * @throws LabError `hub.*` for a refusal; Interrupted for what may pass: no connection, 408, 429 with a time to wait, 5xx
 */
export async function requestHub(
  fetch: Fetch,
  signal: AbortSignal,
  url: string,
  what: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, {
      headers,
      signal,
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
  } catch (thrown) {
    signal.throwIfAborted();
    throw new Interrupted(reason(thrown));
  }
  if (response.status === 200 || response.status === 206 || response.status === 416) return response;
  // Nobody reads the body: the connection is free for the next request.
  await response.body?.cancel().catch(() => undefined);
  throw refusal(response, what);
}

function refusal(response: Response, what: string): LabError | Interrupted {
  const { status } = response;
  const host = URL.parse(response.url)?.host ?? 'The hub';
  const why = `${host} answered ${status}${response.statusText === '' ? '' : ` ${response.statusText}`}.`;
  switch (status) {
    case 401:
    case 403:
      return new LabError({
        code: 'hub.refused',
        message: `The hub does not hand out ${what} to everybody.`,
        why,
        advice:
          'The model is private or gated, or its name is wrong. The lab sends no password or token: download it elsewhere and drop the folder.',
      });
    case 404:
      return new LabError({
        code: 'hub.notFound',
        message: `The hub has no ${what}.`,
        why,
        advice: 'Check the name and the revision.',
      });
    case 429: {
      const waitMs = retryAfterMs(response.headers.get('Retry-After'));
      if (waitMs <= LONGEST_WAIT_MS) return new Interrupted(why, Math.max(waitMs, 1_000));
      return new LabError({
        code: 'hub.refused',
        message: 'The hub asks for a pause: too many requests.',
        why: `${why} It asks to wait ${Math.ceil(waitMs / 1000)} s.`,
        advice: 'Try again after that; what was downloaded is kept.',
      });
    }
    default:
      if (status === 408 || status >= 500) return new Interrupted(why);
      return new LabError({ code: 'hub.refused', message: `The hub refused ${what}.`, why });
  }
}

/** Longer pauses are the person's to decide on. */
const LONGEST_WAIT_MS = 30_000;

/** Seconds or a date (RFC 9110, 10.2.3), as milliseconds from now; 0 where there is none. */
function retryAfterMs(header: string | null): number {
  if (header === null) return 0;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** Browsers do not say why a request came to nothing; Node says it in the cause. */
function reason(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? `${thrown.message}: ${thrown.cause.message}` : thrown.message;
}

/** @throws LabError `hub.content` where the server sent a page for people in place of a file */
export function refuseWebPage(response: Response, what: string): void {
  const type = response.headers.get('Content-Type') ?? '';
  if (!/^\s*(text\/html|application\/xhtml)/i.test(type)) return;
  throw new LabError({
    code: 'hub.content',
    message: `The server sent a web page in place of ${what}.`,
    why: `Content-Type: ${type.slice(0, 80)}`,
    advice: 'A login page, a proxy or a wrong address is the usual cause. Check the address of the hub.',
  });
}

/**
 * What `work` gives, tried again after a pause where it was interrupted, a few times in a row at most.
 * @throws LabError `hub.unreachable` after that
 */
export async function attempts<T>({ signal, pause }: HubConnection, what: string, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      if (!(thrown instanceof Interrupted)) throw thrown;
      if (thrown.progressed) attempt = 1;
      if (attempt === TRIES) throw unreachable(thrown.why, what);
      await pause(Math.max(thrown.waitMs, FIRST_PAUSE_MS * 2 ** (attempt - 1)), signal);
    }
  }
}

const TRIES = 4;
const FIRST_PAUSE_MS = 500;

function unreachable(why: string, what: string): LabError {
  return new LabError({
    code: 'hub.unreachable',
    message: `${what} could not be downloaded, ${TRIES} times in a row.`,
    why,
    advice:
      'Check the connection and the address of the hub; where a hub sends its files from another host, that host has to be allowed too. ' +
      'What was downloaded is kept: try again.',
  });
}

/** @throws the signal's reason when it is aborted meanwhile */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
