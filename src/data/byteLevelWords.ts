// How GPT-2 takes a text apart before it merges (Radford et al. 2019, encoder.py), by tables instead of its expression:
// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+ . Pure.

export const WordClass = { other: 0, letter: 1, number: 2, space: 3, half: 4 } as const;

let table: Uint8Array | null = null;

/** [65,536] by UTF-16 unit: its class. A half of a surrogate pair says nothing by itself: texts that have one are for the expression. */
export function wordClasses(): Uint8Array {
  if (table !== null) return table;
  table = new Uint8Array(65_536);
  for (let code = 0; code < 65_536; code++) {
    const character = String.fromCharCode(code);
    if (code >= 0xd800 && code <= 0xdfff) table[code] = WordClass.half;
    else if (/\p{L}/u.test(character)) table[code] = WordClass.letter;
    else if (/\p{N}/u.test(character)) table[code] = WordClass.number;
    else if (/\s/u.test(character)) table[code] = WordClass.space;
  }
  return table;
}

/** Where the contraction that begins at this apostrophe ends; `at` where there is none. */
export function contractionAt(text: string, at: number): number {
  const next = text.charCodeAt(at + 1);
  // s t m d
  if (next === 115 || next === 116 || next === 109 || next === 100) return at + 2;
  const then = text.charCodeAt(at + 2);
  // re ve ll
  if ((next === 114 || next === 118) && then === 101) return at + 3;
  return next === 108 && then === 108 ? at + 3 : at;
}
