// From one picture of tiles to the next: each rank's piece of a tensor goes from where it was to where it is, so that one sees what moved.
// Pure; time is a number from 0 to 1.

import type { Box, TilePiece } from './tileLayout';

export interface MovingPiece extends TilePiece {
  /** 1: as it stands; less while it comes or goes. */
  readonly presence: number;
}

export function stillPieces(pieces: readonly TilePiece[]): MovingPiece[] {
  return pieces.map((piece) => ({ ...piece, presence: 1 }));
}

/** A way from what is drawn now to `target`, whose pieces may be others. */
export function morph(from: readonly MovingPiece[], target: readonly TilePiece[]): (time: number) => MovingPiece[] {
  const before = new Map(from.map((piece) => [piece.key, piece]));
  const coming = target.map((piece) => {
    const known = before.get(piece.key);
    before.delete(piece.key);
    return { piece, from: known ?? { ...middleOf(piece), presence: 0 } };
  });
  const leaving = [...before.values()].filter(({ presence }) => presence > 0);
  return (time) => {
    const eased = 1 - (1 - time) ** 3;
    const moving = coming.map(({ piece, from: start }) => ({
      ...piece,
      ...between(start, piece, eased),
      presence: start.presence + (1 - start.presence) * eased,
    }));
    if (eased >= 1) return moving;
    // What goes shrinks below what stays.
    return [
      ...leaving.map((piece) => ({
        ...piece,
        ...between(piece, middleOf(piece), eased),
        presence: piece.presence * (1 - eased),
      })),
      ...moving,
    ];
  };
}

function middleOf({ x, y, width, height }: Box): Box {
  return { x: x + width / 2, y: y + height / 2, width: 0, height: 0 };
}

function between(from: Box, to: Box, time: number): Box {
  const mix = (a: number, b: number) => a + (b - a) * time;
  return {
    x: mix(from.x, to.x),
    y: mix(from.y, to.y),
    width: mix(from.width, to.width),
    height: mix(from.height, to.height),
  };
}
