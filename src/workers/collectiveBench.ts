// One rank of the collectives benchmark: all-reduces over real ports between workers, and a plain copy through one channel to set beside them.
// It owns no device.

import type { AlgorithmChoice } from '../parallel/collectives/algorithm';
import { allReduce } from '../parallel/collectives/allReduce';
import { barrier } from '../parallel/collectives/barrier';
import { enableVectorSums } from '../parallel/collectives/vectorSum';
import { Endpoint, type LinkPort } from '../parallel/transport/endpoint';
import { MeshLinks } from '../train/meshLinks';
import type { PeerPort } from './meshProtocol';

export interface CollectiveBenchApi {
  connect(port: MessagePort): Promise<void>;
  setUp(rank: number, ranks: number, ports: readonly PeerPort[], copyPort: MessagePort | null): Promise<void>;
  /** Milliseconds of each all-reduce of `elements` values, after a barrier. */
  reduce(elements: number, algorithm: AlgorithmChoice, rounds: number): Promise<number[]>;
  /** Milliseconds until each copy of `elements` values was acknowledged by the other end of the copy port. */
  copy(elements: number, rounds: number): Promise<number[]>;
}

export class CollectiveBenchRank {
  private links: MeshLinks | null = null;
  private copyPort: MessagePort | null = null;

  private get required(): MeshLinks {
    if (!this.links) throw new RangeError('the rank was not set up');
    return this.links;
  }

  readonly api: CollectiveBenchApi = {
    connect: async (port) => {
      setInterval(() => port.postMessage({ type: 'heartbeat' }), 250);
    },
    setUp: async (rank, ranks, ports, copyPort) => {
      enableVectorSums();
      const links = new Map(ports.map(({ peer, port }): [number, LinkPort] => [peer, port]));
      const endpoint = new Endpoint({ rank, run: 'bench', generation: 0, ports: links });
      this.links = new MeshLinks(endpoint, { dp: ranks, pp: 1, tp: 1 });
      this.copyPort = copyPort;
      // The far end of the copy: reads what came, so that it was really copied, and answers.
      if (copyPort && rank > 0)
        copyPort.onmessage = ({ data }: MessageEvent<Float32Array>) => copyPort.postMessage(data[data.length - 1]);
    },
    reduce: async (elements, algorithm, rounds) => {
      const { required: links } = this;
      const group = links.group('dp');
      const data = new Float32Array(elements).fill(links.endpoint.rank + 1);
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        links.endpoint.step++;
        await barrier(group, { what: 'bench' });
        const startMs = performance.now();
        await allReduce(group, data, { what: 'bench', algorithm });
        times.push(performance.now() - startMs);
      }
      return times;
    },
    copy: async (elements, rounds) => {
      const port = this.copyPort;
      if (!port) throw new RangeError('this rank has no copy port');
      const data = new Float32Array(elements).fill(1);
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const startMs = performance.now();
        await new Promise<void>((resolve) => {
          port.onmessage = () => resolve();
          port.postMessage(data);
        });
        times.push(performance.now() - startMs);
      }
      return times;
    },
  };
}
