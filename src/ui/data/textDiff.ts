// What changed between two texts, word by word: the shortest edit script (Myers 1986, "An O(ND) Difference Algorithm"). Pure.

export interface DiffPart {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Words that may differ before the rest counts as replaced: the search takes their square in time and memory. */
const MOST_EDITS = 400;

/** At the end of an excerpt. */
const CUT = '…';

export function textDiff(before: string, after: string): readonly DiffPart[] {
  const a = pieces(before);
  const b = pieces(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const parts = new Parts();
  parts.add('same', a.slice(0, head));
  edits(a.slice(head, a.length - tail), b.slice(head, b.length - tail), parts);
  parts.add('same', a.slice(a.length - tail));
  return parts.list;
}

/** The same of two excerpts: what is only cut off at the end of one is no change. */
export function excerptDiff(before: string, after: string): readonly DiffPart[] {
  const parts = textDiff(before, after);
  if (!before.endsWith(CUT) || !after.endsWith(CUT) || before === after) return parts;
  const lastSame = parts.findLastIndex(({ kind, text }) => kind === 'same' && text !== CUT);
  return [...parts.slice(0, lastSame + 1), { kind: 'same', text: CUT }];
}

/** Words, runs of white space, single signs. */
function pieces(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}\p{M}]+|\s|./gsu) ?? [];
}

class Parts {
  readonly list: DiffPart[] = [];

  add(kind: DiffPart['kind'], words: readonly string[]): void {
    if (words.length === 0) return;
    const last = this.list.at(-1);
    const text = words.join('');
    if (last?.kind === kind) this.list[this.list.length - 1] = { kind, text: last.text + text };
    else this.list.push({ kind, text });
  }
}

function edits(a: readonly string[], b: readonly string[], parts: Parts): void {
  const script = shortestScript(a, b);
  if (script === null) {
    parts.add('removed', a);
    parts.add('added', b);
    return;
  }
  for (const { kind, word } of script) parts.add(kind, [word]);
}

interface Edit {
  readonly kind: DiffPart['kind'];
  readonly word: string;
}

/** Null where there are more edits than are looked for. */
function shortestScript(a: readonly string[], b: readonly string[]): readonly Edit[] | null {
  const most = Math.min(MOST_EDITS, a.length + b.length);
  // The furthest x on each diagonal x - y, by number of edits.
  let furthest = new Int32Array(2 * most + 3);
  const trace: Int32Array[] = [];
  const at = (diagonal: number) => diagonal + most + 1;
  for (let d = 0; d <= most; d++) {
    trace.push(furthest);
    const next = furthest.slice();
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && furthest[at(k - 1)] < furthest[at(k + 1)]);
      let x = down ? furthest[at(k + 1)] : furthest[at(k - 1)] + 1;
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x++;
      next[at(k)] = x;
      if (x >= a.length && x - k >= b.length) return walkBack(a, b, trace, at);
    }
    furthest = next;
  }
  return null;
}

function walkBack(
  a: readonly string[],
  b: readonly string[],
  trace: readonly Int32Array[],
  at: (diagonal: number) => number,
): readonly Edit[] {
  const script: Edit[] = [];
  let x = a.length;
  let y = b.length;
  for (let d = trace.length - 1; d >= 0; d--) {
    const furthest = trace[d];
    const k = x - y;
    const down = k === -d || (k !== d && furthest[at(k - 1)] < furthest[at(k + 1)]);
    const before = down ? k + 1 : k - 1;
    const startX = d === 0 ? 0 : furthest[at(before)];
    const startY = d === 0 ? 0 : startX - before;
    while (x > startX && y > startY) {
      script.push({ kind: 'same', word: a[--x] });
      y--;
    }
    if (d === 0) break;
    if (down) script.push({ kind: 'added', word: b[--y] });
    else script.push({ kind: 'removed', word: a[--x] });
  }
  return script.reverse();
}
