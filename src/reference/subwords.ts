// How WordPiece and Unigram take a word apart, the slow and obvious way. Twin of what a trained tokenizer.json does.

/** Greedy longest match (Devlin et al. 2019); null where no token fits. */
export function wordPieces(word: string, tokens: ReadonlySet<string>, prefix = ''): readonly string[] | null {
  const characters = [...word];
  if (characters.length === 0) return [];
  for (let end = characters.length; end > 0; end--) {
    const token = prefix + characters.slice(0, end).join('');
    if (!tokens.has(token)) continue;
    const rest = wordPieces(characters.slice(end).join(''), tokens, '##');
    return rest === null ? null : [token, ...rest];
  }
  return null;
}

/** All ways to make a word of pieces. Grows with two to the length. */
export function segmentations(word: string, pieces: ReadonlySet<string>): readonly (readonly string[])[] {
  const characters = [...word];
  if (characters.length === 0) return [[]];
  return characters.flatMap((_, i) => {
    const piece = characters.slice(0, i + 1).join('');
    if (!pieces.has(piece)) return [];
    return segmentations(characters.slice(i + 1).join(''), pieces).map((rest) => [piece, ...rest]);
  });
}

/**
 * The most probable way (Kudo 2018, section 3.2), by the best score up to each place; of equal ones that with the longest
 * last piece. null where there is none.
 */
export function unigramPieces(word: string, scores: ReadonlyMap<string, number>): readonly string[] | null {
  const characters = [...word];
  const best: ({ readonly score: number; readonly pieces: readonly string[] } | null)[] = [{ score: 0, pieces: [] }];
  for (let end = 1; end <= characters.length; end++) {
    best[end] = null;
    for (let start = 0; start < end; start++) {
      const before = best[start];
      const piece = characters.slice(start, end).join('');
      const score = scores.get(piece);
      if (before === null || score === undefined) continue;
      const present = best[end];
      if (present === null || before.score + score > present.score) {
        best[end] = { score: before.score + score, pieces: [...before.pieces, piece] };
      }
    }
  }
  return best[characters.length]?.pieces ?? null;
}
