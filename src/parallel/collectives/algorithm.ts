// Which way round the links a reduction goes. Pure.

/** `ring`: fewest copies, 2 (n - 1) hops. `direct`: 2 hops. `exchange`: 1 hop, every rank gets all. */
export type ReduceAlgorithm = 'ring' | 'direct' | 'exchange';
export type AlgorithmChoice = ReduceAlgorithm | 'auto';

/** Below this a message costs the same whatever is in it. */
const EXCHANGE_BYTES = 16 * 1024;
const RING_BYTES = 256 * 1024;

/** All ranks must choose alike: from the size of the whole array and of the group alone. */
export function chooseAlgorithm(choice: AlgorithmChoice, bytes: number, ranks: number): ReduceAlgorithm {
  if (choice !== 'auto') return choice;
  if (bytes <= EXCHANGE_BYTES) return 'exchange';
  return ranks > 2 && bytes >= RING_BYTES ? 'ring' : 'direct';
}
