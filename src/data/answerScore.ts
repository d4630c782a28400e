// How right an answer is, by SQuAD's rule (Rajpurkar et al. 2016, section 6.1, and its evaluation script): lower case, no punctuation, no articles,
// single spaces; then equal as texts, and F1 of the words that both have. Pure.

/** Lower case without punctuation and articles, words with single spaces between. */
function normalized(answer: string): string {
  return answer
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, '')
    .replace(/\b(a|an|the)\b/g, ' ')
    .split(/\s+/)
    .filter((word) => word !== '')
    .join(' ');
}

export interface AnswerScore {
  readonly exactMatch: 0 | 1;
  /** 0 to 1. */
  readonly f1: number;
}

export function scoreAnswer(given: string, right: string): AnswerScore {
  const [a, b] = [normalized(given), normalized(right)];
  const exactMatch = a === b ? 1 : 0;
  const [words, wanted] = [a.split(' ').filter(Boolean), b.split(' ').filter(Boolean)];
  // Where either says nothing, both must.
  if (words.length === 0 || wanted.length === 0) return { exactMatch, f1: exactMatch };
  const left = new Map<string, number>();
  for (const word of wanted) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of words) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    common++;
  }
  if (common === 0) return { exactMatch, f1: 0 };
  const [precision, recall] = [common / words.length, common / wanted.length];
  return { exactMatch, f1: (2 * precision * recall) / (precision + recall) };
}
