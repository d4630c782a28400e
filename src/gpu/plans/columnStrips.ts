// How threads share a sum over rows of many columns: strips of neighbouring columns times lanes along the rows.
// The other half of shaders/include/column_strip.wgsl. Pure arithmetic.

import type { PlanFamily } from './plannedDispatch';

export interface ColumnStrips {
  /** Threads along the rows, a power of two. */
  readonly lanes: number;
  /** Packs (vec4f or scalars) of columns a workgroup. */
  readonly strip: number;
  /** Strips that cover the columns. */
  readonly count: number;
}

/** 128 bytes of a row a strip: whole memory sectors; the rest of the workgroup goes along the rows, where the waiting is. */
export function planColumnStrips(columns: number, vec4: boolean, family: PlanFamily): ColumnStrips {
  const packs = vec4 ? columns / 4 : columns;
  const { strip, lanes } =
    family === 'blocked' ? { strip: 4, lanes: 1 } : vec4 ? { strip: 8, lanes: 32 } : { strip: 32, lanes: 8 };
  return { strip, lanes, count: Math.ceil(packs / strip) };
}
