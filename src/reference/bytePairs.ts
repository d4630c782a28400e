// Byte-pair encoding the slow and obvious way: every pair is counted anew for every merge, and words are scanned from left to
// right. Sennrich, Haddow and Birch 2016, algorithm 1. Twin of data/tokenizerTraining/pairMerges.

export interface CountedWord {
  readonly tokens: readonly string[];
  readonly count: number;
}

/**
 * The merges, best first. Ties go to the pair whose left token, then whose right token came earlier: the alphabet in its
 * order, then merged tokens in theirs.
 * @param size tokens to stop at, the alphabet among them
 */
export function learnBytePairs(
  words: readonly CountedWord[],
  alphabet: readonly string[],
  size: number,
  minFrequency: number,
): readonly (readonly [string, string])[] {
  const tokens = [...alphabet];
  const merges: (readonly [string, string])[] = [];
  let present = words;
  while (tokens.length < size) {
    const best = bestPair(present, tokens);
    if (best === null || best.count < minFrequency) break;
    const merge = [best.left, best.right] as const;
    merges.push(merge);
    if (!tokens.includes(merge.join(''))) tokens.push(merge.join(''));
    present = present.map((word) => ({ tokens: applyMerge(word.tokens, merge), count: word.count }));
  }
  return merges;
}

/** How a word is encoded: of the merges that fit anywhere in it, the earliest learnt is made, until none fits. */
export function bytePairEncoder(
  merges: readonly (readonly [string, string])[],
): (symbols: readonly string[]) => readonly string[] {
  const ranks = new Map(merges.map(([left, right], rank) => [JSON.stringify([left, right]), rank]));
  return (symbols) => {
    let tokens = symbols;
    for (;;) {
      const fitting = tokens.slice(1).map((right, i) => ranks.get(JSON.stringify([tokens[i], right])) ?? merges.length);
      const first = Math.min(merges.length, ...fitting);
      if (first === merges.length) return tokens;
      tokens = applyMerge(tokens, merges[first]);
    }
  };
}

function bestPair(words: readonly CountedWord[], tokens: readonly string[]) {
  const counts = new Map<string, { left: string; right: string; count: number }>();
  for (const word of words) {
    word.tokens.slice(1).forEach((right, i) => {
      const left = word.tokens[i];
      const key = JSON.stringify([left, right]);
      const pair = counts.get(key) ?? { left, right, count: 0 };
      pair.count += word.count;
      counts.set(key, pair);
    });
  }
  const order = (token: string) => tokens.indexOf(token);
  const sorted = [...counts.values()].sort(
    (a, b) => b.count - a.count || order(a.left) - order(b.left) || order(a.right) - order(b.right),
  );
  return sorted[0] ?? null;
}

function applyMerge(tokens: readonly string[], [left, right]: readonly [string, string]): readonly string[] {
  const merged: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    if (tokens[i] === left && tokens[i + 1] === right) {
      merged.push(left + right);
      i++;
    } else merged.push(tokens[i]);
  }
  return merged;
}
