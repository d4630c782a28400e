// Tensors of a training step that somebody looks at: finds where each lies, puts its probe where it is whole, and reports what was seen. Steps
// that nobody looks at run the very lists of dispatches that they ran before. A step whose last look is still on its way is not looked at.

import { LabError } from '../core/errors';
import type { TensorId, TensorKind, TensorReport, WatchRequest } from '../core/insideRecords';
import type { CommandStream } from '../gpu/commandStream';
import type { GpuDevice } from '../gpu/device';
import type { ProgramCall } from '../gpu/graph';
import type { KernelChoices } from '../gpu/kernelChoices';
import type { PipelineCache } from '../gpu/pipelineCache';
import type { BufferRange, ReadyDispatch } from '../gpu/program';
import { TensorProbe } from '../gpu/tensorProbe';

/** Of one look: each is a read-back of up to 131 KB. */
const MOST_WATCHED = 8;

/** A tensor, or what a rank keeps of it, and when it is looked at. */
export interface WatchablePlace extends TensorId {
  readonly shape: readonly number[];
  readonly start: number;
  readonly range: () => BufferRange;
  /** After the call with these bindings; null: before the update, when gradients are whole and parameters are as the step found them. */
  readonly after: ProgramCall['bind'] | null;
}

interface Probed {
  readonly place: WatchablePlace;
  readonly rows: number;
  readonly columns: number;
  readonly probe: TensorProbe;
}

export interface WatchEngine {
  readonly gpu: GpuDevice;
  readonly cache: PipelineCache;
  readonly choices: KernelChoices;
}

/** Whole rows where there are any, else one row. */
function rowsOf({ shape, range }: WatchablePlace): { readonly rows: number; readonly columns: number } {
  const count = range().size / 4;
  const columns = shape.length > 1 ? (shape.at(-1) ?? 1) : count;
  return count % columns === 0 ? { rows: count / columns, columns } : { rows: 1, columns: count };
}

export class TensorWatch {
  private readonly inFlight = new Set<Promise<void>>();
  private closed = false;

  private constructor(
    private readonly rank: number,
    private readonly every: number,
    private readonly probed: readonly Probed[],
    private readonly onReport: (report: TensorReport) => void,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /**
   * @param places of this rank; those that it does not hold are other ranks' business
   * @throws LabError `config.invalid` for too many tensors or a cadence that is none
   */
  static async build(
    engine: WatchEngine,
    rank: number,
    places: readonly WatchablePlace[],
    { tensors, every }: WatchRequest,
    onReport: (report: TensorReport) => void,
    onFailure: (error: unknown) => void,
  ): Promise<TensorWatch> {
    if (tensors.length > MOST_WATCHED || !(Number.isInteger(every) && every >= 1))
      throw new LabError({
        code: 'config.invalid',
        message: 'These tensors cannot be watched so.',
        why: `${tensors.length} tensors every ${every} steps were asked for; up to ${MOST_WATCHED} every whole number of steps can be.`,
        advice: 'Watch fewer tensors, or at another cadence.',
      });
    const probed: Probed[] = [];
    try {
      for (const { kind, name } of tensors) {
        for (const place of places.filter((each) => each.kind === kind && each.name === name)) {
          const { rows, columns } = rowsOf(place);
          const probe = await TensorProbe.build(engine.gpu, engine.cache, engine.choices, {
            ...place.range(),
            rows,
            columns,
          });
          probed.push({ place, rows, columns, probe });
        }
      }
    } catch (thrown) {
      for (const { probe } of probed) probe.destroy();
      throw thrown;
    }
    return new TensorWatch(rank, every, probed, onReport, onFailure);
  }

  /** Whether step `step` (1 for the first) is looked at. */
  due(step: number): boolean {
    return this.probed.length > 0 && (step - 1) % this.every === 0 && this.inFlight.size === 0;
  }

  /** The same dispatches with looks after those that leave a tensor whole. */
  woven(dispatches: readonly ReadyDispatch[]): readonly ReadyDispatch[] {
    return dispatches.flatMap((ready) => [ready, ...this.looks(ready.call.bind)]);
  }

  /** The dispatches of the update, with looks before them. */
  beforeUpdate(dispatches: readonly ReadyDispatch[]): readonly ReadyDispatch[] {
    return [...this.looks(null), ...dispatches];
  }

  private looks(after: WatchablePlace['after']): ReadyDispatch[] {
    return this.probed.flatMap(({ place, probe }) => (place.after === after ? [...probe.dispatches] : []));
  }

  /** Behind the step's dispatches, before its last submit. */
  record(stream: CommandStream): void {
    for (const { probe } of this.probed) probe.record(stream);
  }

  /** After that submit: reports when what was seen has come. Nothing waits for it. */
  report(step: number): void {
    for (const { place, rows, columns, probe } of this.probed) {
      const { kind, name, start } = place;
      const reading = probe
        .read()
        .then((look) => {
          if (!this.closed) this.onReport({ kind, name, start, rank: this.rank, step, rows, columns, ...look });
        })
        .catch((error: unknown) => {
          if (!this.closed) this.onFailure(error);
        })
        .finally(() => this.inFlight.delete(reading));
      this.inFlight.add(reading);
    }
  }

  /** Frees the probes when their last looks are in. */
  destroy(): void {
    this.closed = true;
    void Promise.all(this.inFlight).then(() => {
      for (const { probe } of this.probed) probe.destroy();
    });
  }
}

/** Arenas by what their values are to a parameter. */
export const arenaKinds = [
  ['parameters', 'parameter'],
  ['gradients', 'gradient'],
  ['moment1', 'moment1'],
  ['moment2', 'moment2'],
] as const satisfies readonly (readonly [arena: string, kind: TensorKind])[];
