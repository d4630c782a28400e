// Lays parameters out in one flat arena, so that clip, optimiser, checksum, export and merge are one loop over one array. Pure.
// Order within a unit: hidden matrices (what Muon updates), other decayed tensors, the rest. So an optimiser needs two boundaries a unit
// instead of masks.

import { partOf } from './partition';

/** Elements: WebGPU binds at multiples of 256 bytes. */
const ALIGNMENT = 64;

export interface ArenaEntry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly length: number;
}

/** Consecutive parameters that are reduced, gathered and updated together. */
export interface ArenaUnit {
  readonly name: string;
  readonly start: number;
  /** Elements from `start` to here belong to hidden matrices. */
  readonly matrixEnd: number;
  /** Elements from `start` to here are subject to weight decay. */
  readonly decayEnd: number;
  readonly end: number;
}

export interface ArenaLayout {
  readonly entries: ReadonlyMap<string, ArenaEntry>;
  /** Elements, gaps included; gaps hold zeros in every arena and stay zero. */
  readonly length: number;
  /** In order, without gaps between them. */
  readonly units: readonly ArenaUnit[];
}

export interface ArenaParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly decay: boolean;
  /** A weight matrix between hidden layers, not an embedding or head: Muon's domain. */
  readonly hiddenMatrix: boolean;
  /** Its unit; parameters of one unit need not be neighbours in the list. One unit for all where it is left out. */
  readonly unit?: string;
  /**
   * Lies right behind the parameter before it in the list of its kind, without a gap, so that both can be read as one matrix. Such a parameter
   * may begin where nothing can be bound.
   */
  readonly joined?: boolean;
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

export function layoutArena(parameters: readonly ArenaParameter[]): ArenaLayout {
  const entries = new Map<string, ArenaEntry>();
  const units: ArenaUnit[] = [];
  let offset = 0;
  const members = new Map<string, ArenaParameter[]>();
  for (const parameter of parameters) {
    const unit = members.get(parameter.unit ?? '');
    if (unit) unit.push(parameter);
    else members.set(parameter.unit ?? '', [parameter]);
  }
  for (const [name, ofUnit] of members) {
    const start = offset;
    const place = (group: readonly ArenaParameter[]): number => {
      for (const { name, shape, joined } of group) {
        const length = shape.reduce((product, dim) => product * dim, 1);
        if (!joined) offset = aligned(offset);
        entries.set(name, { name, shape, offset, length });
        offset += length;
      }
      offset = aligned(offset);
      return offset;
    };
    const matrixEnd = place(ofUnit.filter(({ hiddenMatrix }) => hiddenMatrix));
    const decayEnd = place(ofUnit.filter(({ hiddenMatrix, decay }) => !hiddenMatrix && decay));
    const end = place(ofUnit.filter(({ hiddenMatrix, decay }) => !hiddenMatrix && !decay));
    units.push({ name, start, matrixEnd, decayEnd, end });
  }
  return { entries, length: offset, units };
}

/** One rank's part of a unit. */
export interface UnitShard {
  readonly unit: ArenaUnit;
  /** Elements of the arena: [start, start + length). */
  readonly start: number;
  readonly length: number;
  /** Where the part begins in an arena that holds this rank's parts alone. */
  readonly offset: number;
}

/** Each unit divided over `parts` ranks, evenly to within one alignment block (Rajbhandari et al. 2020, as FSDP shards it). */
export function shardUnits(units: readonly ArenaUnit[], parts: number, index: number): UnitShard[] {
  let offset = 0;
  return units.map((unit) => {
    const span = partOf((unit.end - unit.start) / ALIGNMENT, parts, index);
    const shard = { unit, start: unit.start + span.start * ALIGNMENT, length: span.length * ALIGNMENT, offset };
    offset += shard.length;
    return shard;
  });
}
