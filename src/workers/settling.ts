// Makes every call to a worker settle: comlink's own promises stay open for ever when the worker dies or never answers.
// It knows no API; it wraps any comlink remote.

import { LabError, type LabErrorData, toLabErrorData } from '../core/errors';

/** Rejects what is open when the worker dies. */
export class LifeLine {
  private readonly rejecters = new Set<(error: LabError) => void>();
  private readonly listeners = new Set<(error: LabError) => void>();
  private death: LabError | null = null;

  get dead(): LabError | null {
    return this.death;
  }

  onDeath(listener: (error: LabError) => void): void {
    if (this.death) listener(this.death);
    else this.listeners.add(listener);
  }

  end(error: LabError): void {
    if (this.death) return;
    this.death = error;
    for (const reject of this.rejecters) reject(error);
    this.rejecters.clear();
    for (const listener of this.listeners) listener(error);
    this.listeners.clear();
  }

  /** `work`, or the worker's death, whichever comes first. */
  guard<T>(work: () => Promise<T>): Promise<T> {
    if (this.death) return Promise.reject(this.death);
    return new Promise<T>((resolve, reject) => {
      this.rejecters.add(reject);
      work()
        .then(resolve, (error: unknown) => reject(reviveError(error)))
        .finally(() => this.rejecters.delete(reject));
    });
  }
}

function isErrorData(value: unknown): value is LabErrorData {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'message' in value &&
    typeof value.code === 'string' &&
    typeof value.message === 'string'
  );
}

/** Marks a LabError on its way through comlink, which keeps only name, message and stack of an Error. */
export interface CarriedError {
  readonly labError: LabErrorData;
}

function isCarried(value: unknown): value is CarriedError {
  return typeof value === 'object' && value !== null && 'labError' in value && isErrorData(value.labError);
}

/** The LabError that a host threw, put together again on this side. */
export function reviveError(error: unknown): unknown {
  return isCarried(error) ? new LabError(error.labError) : error;
}

/** Functions of an API, whatever they take and return. */
type Api<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => Promise<R> : never;
};

/** Host side: the same API, whose rejections cross comlink with all fields of their LabError. */
export function carryErrors<T extends Api<T>>(api: T): T {
  return new Proxy(api, {
    get(target, property, receiver) {
      const member: unknown = Reflect.get(target, property, receiver);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(member, target, args);
        } catch (error) {
          const carried: CarriedError = { labError: toLabErrorData(error) };
          throw carried;
        }
      };
    },
  });
}
