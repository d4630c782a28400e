// The one error type that crosses module and thread borders: what went wrong, why, and what to do.
// Pure. It must not know about GPUs, workers or React.

/** Stable names; tests and the page switch on them. */
export type LabErrorCode =
  | 'config.invalid'
  | 'data.invalid'
  | 'tokenizer.invalid'
  | 'safetensors.invalid'
  | 'model.unsupported'
  | 'model.mismatch'
  | 'gpu.unavailable'
  | 'gpu.limit'
  | 'gpu.outOfMemory'
  | 'gpu.lost'
  | 'gpu.validation'
  | 'gpu.shader'
  | 'gpu.timeout'
  | 'worker.dead'
  | 'worker.timeout'
  /** A message could not be sent; could not be read; did not come in time; does not fit; or another rank ended the run. */
  | 'mesh.send'
  | 'mesh.message'
  | 'mesh.timeout'
  | 'mesh.mismatch'
  | 'mesh.aborted'
  /** The address of a hub or model is none; the hub does not hand it out, or has none; cannot be reached; sends something else. */
  | 'hub.address'
  | 'hub.refused'
  | 'hub.notFound'
  | 'hub.unreachable'
  | 'hub.content'
  | 'run.nonFinite'
  | 'run.cancelled'
  | 'storage'
  | 'internal';

/** Plain-data form of a LabError: survives structured cloning and JSON. */
export interface LabErrorData {
  readonly code: LabErrorCode;
  /** What happened, in one sentence. */
  readonly message: string;
  /** The cause, with the numbers (has / needs). */
  readonly why?: string;
  /** What the person can do now. */
  readonly advice?: string;
  /** Technical details for the report: a shader line, a stack, a label. */
  readonly details?: string;
}

export class LabError extends Error {
  readonly code: LabErrorCode;
  readonly why: string | undefined;
  readonly advice: string | undefined;
  readonly details: string | undefined;

  constructor(data: LabErrorData, options?: { cause?: unknown }) {
    super(data.message, options);
    this.name = 'LabError';
    this.code = data.code;
    this.why = data.why;
    this.advice = data.advice;
    this.details = data.details;
  }

  toData(): LabErrorData {
    return {
      code: this.code,
      message: this.message,
      ...(this.why === undefined ? {} : { why: this.why }),
      ...(this.advice === undefined ? {} : { advice: this.advice }),
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }
}

/** Any thrown value as LabErrorData; what is not a LabError becomes `internal` with its stack as details. */
export function toLabErrorData(thrown: unknown): LabErrorData {
  if (thrown instanceof LabError) return thrown.toData();
  if (thrown instanceof Error) {
    return {
      code: 'internal',
      message: thrown.message || thrown.name,
      ...(thrown.stack ? { details: thrown.stack } : {}),
    };
  }
  return { code: 'internal', message: String(thrown) };
}

/** The thrown value itself where it is a LabError, else one that has it as its cause. */
export function asLabError(thrown: unknown): LabError {
  return thrown instanceof LabError ? thrown : new LabError(toLabErrorData(thrown), { cause: thrown });
}

/** One refused field of a form, link, file or command line. */
export interface FieldIssue {
  /** Dotted path, e.g. `train.batchSize`. */
  readonly path: string;
  /** What it got, shortened, as text. */
  readonly got: string;
  /** What it takes. */
  readonly expected: string;
}
