// Counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon et al. 2011, "Parallel random numbers: as easy
// as 1, 2, 3"; the Random123 library's threefry2x32). The same function stands in shaders/include/random.wgsl.
// Pure: a number is a function of (key, counter), never of a hidden state.

const PARITY = 0x1bd11bda;
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;

/** Two 32-bit words from a 64-bit key and a 64-bit counter. */
export function threefry2x32(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const keys = [key0 >>> 0, key1 >>> 0, (PARITY ^ key0 ^ key1) >>> 0] as const;
  let x0 = (counter0 + keys[0]) >>> 0;
  let x1 = (counter1 + keys[1]) >>> 0;
  for (let round = 0; round < 20; round++) {
    const r = ROTATIONS[round % 8] ?? 13;
    x0 = (x0 + x1) >>> 0;
    x1 = ((x1 << r) | (x1 >>> (32 - r))) >>> 0;
    x1 = (x1 ^ x0) >>> 0;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x0 = (x0 + (keys[injection % 3] ?? 0)) >>> 0;
      x1 = (x1 + (keys[(injection + 1) % 3] ?? 0) + injection) >>> 0;
    }
  }
  return [x0, x1];
}

/** [0, 1) with 24 bits, the same on the GPU. */
export function unitInterval(word: number): number {
  return (word >>> 8) * 2 ** -24;
}

/** 32-bit FNV-1a of a UTF-8 string: names become key words. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) {
    hash ^= byte;
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Standard normal values times `standardDeviation` as a function of (seed, name, index): Box-Muller over Threefry words.
 * @param first index of out[0], so that any run of a tensor can be made by itself
 */
export function fillNormal(out: Float32Array, seed: number, name: string, standardDeviation: number, first = 0): void {
  const key1 = hashName(name);
  for (let i = -(first % 2); i < out.length; i += 2) {
    const [a, b] = threefry2x32(seed, key1, (first + i) >>> 1, 0);
    const radius = Math.sqrt(-2 * Math.log(1 - unitInterval(a))) * standardDeviation;
    const angle = 2 * Math.PI * unitInterval(b);
    if (i >= 0) out[i] = radius * Math.cos(angle);
    if (i + 1 < out.length) out[i + 1] = radius * Math.sin(angle);
  }
}

/** Values uniform in [-within, within) as a function of (seed, name, index); `first` as for fillNormal. */
export function fillUniform(out: Float32Array, seed: number, name: string, within: number, first = 0): void {
  const key1 = hashName(name);
  for (let i = -(first % 2); i < out.length; i += 2) {
    const [a, b] = threefry2x32(seed, key1, (first + i) >>> 1, 0);
    if (i >= 0) out[i] = within * (2 * unitInterval(a) - 1);
    if (i + 1 < out.length) out[i + 1] = within * (2 * unitInterval(b) - 1);
  }
}
