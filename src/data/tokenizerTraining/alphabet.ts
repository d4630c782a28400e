// The characters that occur often enough to be tokens of their own, for the kinds that have an unknown token.

/** Code points of the words that occur at least so often, sorted by code point. */
export function alphabetOf(words: ReadonlyMap<string, number>, minFrequency: number): readonly string[] {
  const counts = new Map<string, number>();
  for (const [word, count] of words) {
    for (const character of word) counts.set(character, (counts.get(character) ?? 0) + count);
  }
  return [...counts]
    .filter(([, count]) => count >= minFrequency)
    .map(([character]) => character)
    .sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0));
}
