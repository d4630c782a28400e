// How a token's text is written where it stands alone: blanks and line ends as signs, nothing as a sign too. Pure.

/** @param id stands for tokens without text */
export function visibleToken(text: string, id: number): string {
  if (text === '') return `#${id}`;
  return text.replaceAll(' ', '␣').replaceAll('\n', '⏎').replaceAll('\t', '⇥').replaceAll('\r', '␍');
}
