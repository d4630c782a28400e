// A deadline on a promise that may stay open for ever, as WebGPU calls do behind a hung GPU process. Pure but for the timer.

import { LabError } from './errors';

/** @throws LabError `gpu.timeout` after `ms`; what `work` does then is not awaited any more. */
export async function within<T>(ms: number, what: string, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new LabError({
            code: 'gpu.timeout',
            message: `${what} did not answer within ${ms / 1000} s`,
            advice: 'Reload the page; if it stays so, restart the browser.',
          }),
        ),
      ms,
    );
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
