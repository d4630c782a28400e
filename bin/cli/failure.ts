// The command line's own failures: a browser or page that did not do its part. Errors of the lab itself are LabErrors.

export type LabFailureCode =
  | 'browser.missing'
  | 'browser.launch'
  | 'page.timeout'
  | 'page.crashed'
  | 'page.closed'
  | 'page.silent'
  | 'gpu.software'
  | 'input'
  | 'output';

export class LabFailure extends Error {
  constructor(
    readonly code: LabFailureCode,
    message: string,
    readonly advice?: string,
  ) {
    super(message);
  }
}
