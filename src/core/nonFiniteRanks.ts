// Which ranks of a mesh had NaN or infinity in what they computed, as plain data, and the same in a sentence of an error or a terminal.
// Pure. Finding them is training's business (train/rankScalars); the page has words of its own.

export interface NonFiniteRank {
  readonly rank: number;
  readonly dp: number;
  readonly pp: number;
  readonly tp: number;
  /** Whether the loss that it computed was NaN or infinite. */
  readonly loss: boolean;
  /**
   * Elements of gradients that were, before other ranks' were added to them. Where all ranks' own were finite and only sums were not: elements of
   * the sums that it holds.
   */
  readonly gradients: number;
}

/** Tensor-parallel ranks of one replica and stage. They compute one loss, and what one of them sends is in what the others go on with. */
export interface NonFinitePlace {
  readonly dp: number;
  readonly pp: number;
  readonly ranks: readonly number[];
  readonly tp: readonly number[];
  readonly loss: boolean;
  /** Of all these ranks. */
  readonly gradients: number;
}

export function nonFinitePlaces(rows: readonly NonFiniteRank[]): NonFinitePlace[] {
  const places = new Map<string, NonFiniteRank[]>();
  for (const row of rows) {
    const key = `${row.dp}/${row.pp}`;
    places.set(key, [...(places.get(key) ?? []), row]);
  }
  return [...places.values()].map((peers) => ({
    dp: peers[0].dp,
    pp: peers[0].pp,
    ranks: peers.map(({ rank }) => rank),
    tp: peers.map(({ tp }) => tp),
    loss: peers.some(({ loss }) => loss),
    gradients: peers.reduce((sum, { gradients }) => sum + gradients, 0),
  }));
}

/** `rank 3 (dp=1, pp=1, tp=0): the loss and 24 gradients; ...` */
export function nonFiniteRanksText(rows: readonly NonFiniteRank[]): string {
  return nonFinitePlaces(rows)
    .map(({ dp, pp, ranks, tp, loss, gradients }) => {
      const names = `${ranks.length > 1 ? 'ranks' : 'rank'} ${ranks.join(', ')}`;
      const what = [
        ...(loss ? ['the loss'] : []),
        ...(gradients > 0 ? [`${gradients.toLocaleString('en')} gradient elements`] : []),
      ];
      return `${names} (dp=${dp}, pp=${pp}, tp=${tp.join(', ')}): ${what.join(' and ')}`;
    })
    .join('; ');
}
