// A mesh of ranks in one thread, for tests of what runs over a transport: over real MessageChannels, or over a FakeNetwork.

import { createGroup, type Group } from '../parallel/collectives/group';
import { BufferPool } from '../parallel/transport/bufferPool';
import { Endpoint, type EndpointOptions, type LinkPort } from '../parallel/transport/endpoint';
import { Ledger } from '../parallel/transport/ledger';
import { FakeNetwork } from './fakeNetwork';

export interface LocalMesh {
  readonly endpoints: readonly Endpoint[];
  readonly ledgers: readonly Ledger[];
  /** All ranks, as each sees the group. */
  readonly groups: readonly Group[];
  /** Runs `work` on all ranks at once. */
  readonly each: <T>(work: (group: Group, rank: number) => Promise<T>) => Promise<T[]>;
  readonly close: () => void;
}

export type LocalMeshOptions = Partial<Omit<EndpointOptions, 'rank'>>;

export function localMesh(
  ranks: number,
  network: FakeNetwork | 'channels' = new FakeNetwork(1),
  options: LocalMeshOptions = {},
): LocalMesh {
  const ports = network === 'channels' ? channels(ranks) : network.connect(ranks);
  const endpoints = ports.map(
    (map, rank) => new Endpoint({ rank, ports: map, run: 'test', generation: 0, deadlineMs: 5_000, ...options }),
  );
  const ledgers = endpoints.map(({ rank }) => new Ledger(rank));
  const all = Array.from({ length: ranks }, (_, rank) => rank);
  const groups = endpoints.map((endpoint, rank) =>
    createGroup(all, 'dp', { endpoint, ledger: ledgers[rank], pool: new BufferPool() }),
  );
  return {
    endpoints,
    ledgers,
    groups,
    each: (work) => Promise.all(groups.map(work)),
    close: () => {
      for (const endpoint of endpoints) endpoint.close();
    },
  };
}

function channels(ranks: number): Map<number, LinkPort>[] {
  const ports = Array.from({ length: ranks }, () => new Map<number, LinkPort>());
  for (let a = 0; a < ranks; a++) {
    for (let b = a + 1; b < ranks; b++) {
      const { port1, port2 } = new MessageChannel();
      ports[a].set(b, port1);
      ports[b].set(a, port2);
    }
  }
  return ports;
}
