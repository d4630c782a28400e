// Which way round the links a reduction goes. Pure.

/** `ring`: fewest copies, 2 (n - 1) hops. `direct`: 2 hops, the same bytes. `exchange`: 1 hop, n / 2 times the bytes. */
export type ReduceAlgorithm = 'ring' | 'direct' | 'exchange';
export type AlgorithmChoice = ReduceAlgorithm | 'auto';

// Measured, medians in ms, ranks as Node worker threads on a busy machine of 2 cores (exchange, direct, ring):
//             2 ranks           4 ranks            8 ranks
//   16 KiB    0.25 0.32 0.29    0.71 0.89 0.77     2.3  3.2  3.4
//   64 KiB    0.19 0.31 0.20    0.63 0.83 0.85     2.9  3.4  3.5
//  256 KiB    0.23 0.23 0.24    1.4  1.7  1.4      5.0  4.0  3.9
//    1 MiB    0.82 0.60 0.64    4.7  2.8  2.4     16    7.5  5.8
//    4 MiB    2.1  2.2  2.2    16    6.5  5.1     87   23   16
const EXCHANGE_BYTES = 64 * 1024;
/** Below, the ring wins nothing and pays more where a link has latency. */
const RING_BYTES = 256 * 1024;

/** All ranks must choose alike: from the size of the whole array and of the group alone. */
export function chooseAlgorithm(choice: AlgorithmChoice, bytes: number, ranks: number): ReduceAlgorithm {
  if (choice !== 'auto') return choice;
  if (bytes <= EXCHANGE_BYTES) return 'exchange';
  return ranks > 2 && bytes >= RING_BYTES ? 'ring' : 'direct';
}
