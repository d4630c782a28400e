// The mesh: ranks as points of a box with the named axes pp, dp and tp, and the groups of ranks along an axis. Pure.
// Order of ranks: pp outermost, tp innermost, as torchtitan lays its device mesh out, so that tensor-parallel peers are neighbours.

export const meshAxes = ['dp', 'pp', 'tp'] as const;
export type MeshAxis = (typeof meshAxes)[number];

/** Ranks along each axis. */
export type MeshShape = Readonly<Record<MeshAxis, number>>;
/** A rank's place along each axis. */
export type Coordinates = Readonly<Record<MeshAxis, number>>;

export const MAX_RANKS = 16;

export function meshSize({ dp, pp, tp }: MeshShape): number {
  return dp * pp * tp;
}

export function rankOf({ dp, tp }: MeshShape, at: Coordinates): number {
  return (at.pp * dp + at.dp) * tp + at.tp;
}

export function coordinatesOf({ dp, tp }: MeshShape, rank: number): Coordinates {
  return { pp: Math.floor(rank / (dp * tp)), dp: Math.floor(rank / tp) % dp, tp: rank % tp };
}

/** The ranks that differ from `rank` along `axis` alone, itself included, in order of that axis. */
export function groupOf(shape: MeshShape, rank: number, axis: MeshAxis): number[] {
  const at = coordinatesOf(shape, rank);
  return Array.from({ length: shape[axis] }, (_, index) => rankOf(shape, { ...at, [axis]: index }));
}

/** `pp 0 · dp 1 · tp 0`, axes of size 1 left out; `rank 0` where all are. */
export function placeText(shape: MeshShape, rank: number): string {
  const at = coordinatesOf(shape, rank);
  const axes = (['pp', 'dp', 'tp'] as const).filter((axis) => shape[axis] > 1);
  return axes.length === 0 ? `rank ${rank}` : axes.map((axis) => `${axis} ${at[axis]}`).join(' · ');
}
