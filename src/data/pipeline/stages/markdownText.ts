// The text of Markdown: without marks of headings, lists, quotes, emphasis and links. Pure; line by line, no tree. Code keeps its characters.

import { htmlText } from './htmlText';

export function markdownText(markdown: string): string {
  const lines: string[] = [];
  let fence = '';
  for (const line of markdown.split('\n')) {
    const mark = fenceOf(line);
    if (fence === '' && mark !== '') fence = mark;
    else if (fence !== '' && mark.startsWith(fence)) fence = '';
    else lines.push(fence === '' ? plainLine(line) : line);
  }
  const text = lines.join('\n');
  return text.includes('<') ? htmlText(text) : text;
}

/** The fence that this line is, ``` or ~~~ or longer; '' for none. */
function fenceOf(line: string): string {
  const start = line.slice(0, 64).trimStart();
  return /^(`{3,}|~{3,})/.exec(start)?.[0].slice(0, 3) ?? '';
}

function plainLine(line: string): string {
  let start = 0;
  // Quotes and list marks may stand in each other.
  for (let depth = 0; depth < 8; depth++) {
    const found = /^\s{0,8}(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s)|#{1,6}(?=\s))\s?/.exec(line.slice(start, start + 24));
    if (found === null) break;
    start += found[0].length;
  }
  const rest = line.slice(start);
  if (/^\s*(?:[-*_=]\s*){3,}$/.test(rest.slice(0, 200)) && rest.length < 200) return '';
  return inlineText(rest);
}

/** Emphasis, code marks, links and pictures to their words. */
function inlineText(line: string): string {
  if (!/[*_`[~\\]/.test(line)) return line;
  let result = '';
  // Where the next ] is, so that a line of many [ is searched once.
  let close = -1;
  for (let i = 0; i < line.length; i++) {
    const character = line[i];
    if (character === '\\' && /[!-/:-@[-`{-~]/.test(line[i + 1] ?? '')) result += line[++i];
    else if (character === '`') continue;
    else if (character === '*' || (character === '~' && line[i + 1] === '~')) {
      if (character === '~') i++;
      // A lone star between spaces is a sign of its own.
      else if (line[i - 1] === ' ' && line[i + 1] === ' ') result += '*';
    } else if (character === '_' && (!isWord(line[i - 1]) || !isWord(line[i + 1]))) continue;
    else if (character === '!' && line[i + 1] === '[') continue;
    else if (character === '[') {
      if (close < i) close = line.indexOf(']', i);
      if (close < 0) close = line.length;
      const target =
        line[close + 1] === '('
          ? line.indexOf(')', close)
          : line[close + 1] === '['
            ? line.indexOf(']', close + 1)
            : -1;
      if (target < 0) {
        result += '[';
        continue;
      }
      result += line.slice(i + 1, close).replace(/[*`]/g, '');
      i = target;
    } else result += character;
  }
  return result;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
