// Starts the workers of a mesh's ranks, links each to each, and speaks to all of them at once. When one dies, all others are told and every
// call fails with the dead one's name. It runs in the host's worker and knows no page.

import { transfer } from 'comlink';
import { asLabError, LabError } from '../core/errors';
import { type MeshShape, meshSize, placeText } from '../parallel/mesh';
import type { MeshRankApi, MeshRankEvent, PeerPort } from './meshProtocol';
import { type WatchedWorker, watchWorker } from './watchedWorker';

/** 4 s: a dead rank is named within 5. */
const MISSED_TICKS = 8;

interface Member {
  readonly worker: WatchedWorker<MeshRankApi>;
}

export class MeshWorkers {
  private readonly members: readonly Member[];
  private cause: LabError | null = null;
  private closed = false;

  /** @param onFailure the first rank's death or failure outside a call; also what every later call rejects with */
  constructor(
    private readonly mesh: MeshShape,
    onEvent: (rank: number, event: MeshRankEvent) => void,
    private readonly onFailure: (error: LabError) => void,
  ) {
    this.members = Array.from({ length: meshSize(mesh) }, (_, rank) => {
      const worker = watchWorker<MeshRankApi, MeshRankEvent>(
        new Worker(new URL('./meshRankWorker.ts', import.meta.url), { type: 'module', name: `rank ${rank}` }),
        (event) => {
          if (event.type === 'failure') this.fail(new LabError(event.error));
          else onEvent(rank, event);
        },
        (why) => this.dead(rank, why),
        MISSED_TICKS,
      );
      worker.onDeath((error) => this.fail(error));
      return { worker };
    });
  }

  get size(): number {
    return this.members.length;
  }

  private dead(rank: number, why: string): LabError {
    return new LabError({
      code: 'worker.dead',
      message: `Rank ${rank} (${placeText(this.mesh, rank)}) stopped.`,
      why,
      advice: 'Press restart: the lab starts all ranks again and sets up the run.',
    });
  }

  private fail(error: LabError): void {
    if (this.cause || this.closed) return;
    this.cause = error;
    for (const { worker } of this.members)
      worker.guard(() => worker.remote.abort(error.toData())).catch(() => undefined);
    this.onFailure(error);
  }

  /** The same call on every rank. Where ranks fail, the error is that of the one that began it. */
  async all<T>(call: (api: WatchedWorker<MeshRankApi>['remote'], rank: number) => Promise<T>): Promise<T[]> {
    if (this.cause) throw this.cause;
    const results = await Promise.allSettled(
      this.members.map(({ worker }, rank) =>
        worker
          .guard(() => call(worker.remote, rank))
          .catch((error: unknown) => {
            // The first to reject tells the others: they may be waiting for it.
            this.fail(asLabError(error));
            throw error;
          }),
      ),
    );
    const values: T[] = [];
    for (const result of results) {
      if (result.status === 'rejected') throw this.cause ?? result.reason;
      values.push(result.value);
    }
    return values;
  }

  /** A call on one rank that others do not take part in. */
  async one<T>(rank: number, call: (api: WatchedWorker<MeshRankApi>['remote']) => Promise<T>): Promise<T> {
    if (this.cause) throw this.cause;
    const { worker } = this.members[rank];
    return worker.guard(() => call(worker.remote));
  }

  /** Sets all ranks up with their links to each other. */
  join<T>(
    setUp: (api: WatchedWorker<MeshRankApi>['remote'], rank: number, ports: readonly PeerPort[]) => Promise<T>,
  ): Promise<T[]> {
    const ports = this.members.map((): PeerPort[] => []);
    for (let a = 0; a < this.size; a++) {
      for (let b = a + 1; b < this.size; b++) {
        const { port1, port2 } = new MessageChannel();
        ports[a].push({ peer: b, port: port1 });
        ports[b].push({ peer: a, port: port2 });
      }
    }
    return this.all((api, rank) =>
      setUp(
        api,
        rank,
        transfer(
          ports[rank],
          ports[rank].map(({ port }) => port),
        ),
      ),
    );
  }

  /** Ends one rank as a fault would. @throws LabError `config.invalid` for a rank that the mesh does not have */
  stop(rank: number): void {
    const member = this.members.at(rank);
    if (!member || rank < 0)
      throw new LabError({
        code: 'config.invalid',
        message: `There is no rank ${rank}.`,
        why: `The mesh has ranks 0 to ${this.size - 1}.`,
      });
    this.fail(this.dead(rank, 'Its worker was stopped by hand.'));
    member.worker.terminate();
  }

  close(): void {
    this.closed = true;
    for (const { worker } of this.members) worker.terminate();
  }
}
