// Lays parameters out in one flat arena, so that clip, optimiser, checksum, export and merge are one loop over one array. Pure.
// Order: hidden matrices (what Muon updates), other decayed tensors, the rest. So an optimiser needs two boundaries instead of masks.

/** Elements: WebGPU binds at multiples of 256 bytes. */
const ALIGNMENT = 64;

export interface ArenaEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

export interface ArenaLayout {
  readonly entries: ReadonlyMap<string, ArenaEntry>;
  /** Elements, gaps included; gaps hold zeros in every arena and stay zero. */
  readonly length: number;
  /** Elements before it belong to hidden matrices. */
  readonly matrixEnd: number;
  /** Elements before it are subject to weight decay. */
  readonly decayEnd: number;
}

export interface ArenaParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly decay: boolean;
  /** A weight matrix between hidden layers, not an embedding or head: Muon's domain. */
  readonly hiddenMatrix: boolean;
}

export function layoutArena(parameters: readonly ArenaParameter[]): ArenaLayout {
  const entries = new Map<string, ArenaEntry>();
  const groupOf = (parameter: ArenaParameter): number => (parameter.hiddenMatrix ? 0 : parameter.decay ? 1 : 2);
  const groupEnd = [0, 0, 0];
  let offset = 0;
  for (let group = 0; group < 3; group++) {
    for (const parameter of parameters) {
      if (groupOf(parameter) !== group) continue;
      const length = parameter.shape.reduce((product, dim) => product * dim, 1);
      entries.set(parameter.name, { name: parameter.name, shape: parameter.shape, offset, length });
      offset += Math.ceil(length / ALIGNMENT) * ALIGNMENT;
    }
    groupEnd[group] = offset;
  }
  return { entries, length: offset, matrixEnd: groupEnd[0], decayEnd: groupEnd[1] };
}
