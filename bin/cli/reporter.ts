// Where the command line's words go: JSON lines on stdout with --json, and lines and a progress bar for people.
// It knows nothing of commands. With --json, stdout holds JSON and nothing else.

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A JSON line is an object with `event`. */
export interface EventLine {
  readonly event: string;
  readonly [field: string]: unknown;
}

export class Reporter {
  readonly #json: boolean;
  readonly #stdout: OutputStream;
  readonly #stderr: OutputStream;
  #bar = '';

  constructor(json: boolean, stdout: OutputStream, stderr: OutputStream) {
    this.#json = json;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** For programs. */
  event(line: EventLine): void {
    if (this.#json) this.#stdout.write(`${toJsonLine(line)}\n`);
  }

  /** What was asked for: stdout, or stderr where stdout is for JSON. */
  result(text: string): void {
    if (this.#json) this.note(text);
    else this.#aroundBar(() => this.#stdout.write(`${text}\n`));
  }

  /** What helps a person to follow. */
  note(text: string): void {
    this.#aroundBar(() => this.#stderr.write(`${text}\n`));
  }

  /** A bar on the last line of a terminal; nothing elsewhere. */
  progress(label: string, share: number | null): void {
    if (this.#stderr.isTTY !== true) return;
    const width = 24;
    const filled = share === null ? 0 : Math.round(width * Math.min(1, Math.max(0, share)));
    const percent = share === null ? '   ' : `${Math.floor(100 * share)}%`.padStart(4);
    this.#bar = `[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${percent} ${label}`;
    this.#stderr.write(`\r\x1b[2K${this.#bar.slice(0, (this.#stderr.columns ?? 80) - 1)}`);
  }

  endProgress(): void {
    if (this.#bar !== '') this.#stderr.write('\r\x1b[2K');
    this.#bar = '';
  }

  #aroundBar(write: () => void): void {
    if (this.#bar !== '') this.#stderr.write('\r\x1b[2K');
    write();
    if (this.#bar !== '') this.#stderr.write(this.#bar.slice(0, (this.#stderr.columns ?? 80) - 1));
  }
}

/** JSON has no NaN and no infinity: they become strings, never null or zero. */
export function toJsonLine(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'number' && !Number.isFinite(field) ? String(field) : field,
  );
}
