// The text of Markdown: without marks of headings, lists, quotes, tables, emphasis and links. Pure; line by line, no tree. Code keeps its characters.

import { htmlText } from './htmlText';

export function markdownText(markdown: string): string {
  const parts: string[] = [];
  let lines: string[] = [];
  let fence = '';
  const flush = () => {
    if (lines.length > 0) parts.push(fence === '' ? runningText(lines) : lines.join('\n'));
    lines = [];
  };
  for (const line of markdown.split('\n')) {
    const { mark, rest } = fenceOf(line);
    const opens = fence === '' && mark !== '' && !(mark.startsWith('`') && rest.includes('`'));
    const closes = fence !== '' && mark.startsWith(fence) && rest.trim() === '';
    if (opens || closes) {
      flush();
      fence = opens ? mark : '';
    } else lines.push(line);
  }
  flush();
  return parts.join('\n');
}

/** The fence that a line begins with, ``` or ~~~ or longer, '' for none; and what stands behind it. */
function fenceOf(line: string): { readonly mark: string; readonly rest: string } {
  const [, indent = '', mark = ''] = /^(\s{0,60})(`{3,}|~{3,})/.exec(line) ?? [];
  return { mark, rest: line.slice(indent.length + mark.length) };
}

/** Lines without a fence among them. Pages in Markdown hold HTML, which code in them only looks like: it is escaped until then. */
function runningText(lines: readonly string[]): string {
  const result: string[] = [];
  let table = false;
  for (const [i, line] of lines.entries()) {
    if (isDelimiterRow(line) && i > 0 && lines[i - 1].includes('|')) {
      result[result.length - 1] = plainLine(cells(lines[i - 1]));
      table = true;
      continue;
    }
    table &&= line.includes('|');
    result.push(plainLine(table ? cells(line) : line));
  }
  const text = result.join('\n');
  return /[<&]/.test(text) ? htmlText(text) : text;
}

/** The row of dashes below a table's header. */
function isDelimiterRow(line: string): boolean {
  return line.includes('|') && line.includes('-') && /^[\s|:-]+$/.test(line);
}

/** A table's row: what is between its bars. */
function cells(row: string): string {
  const found = row.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'));
  return found.filter((cell) => cell !== '').join(' ');
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

/** Emphasis, code marks, links and pictures to their words; `<` and `&` of code as HTML writes them. */
function inlineText(line: string): string {
  if (!/[*_`[~\\<]/.test(line)) return line;
  const codeEnd = codeSpans(line);
  let result = '';
  // Where the next ] is, so that a line of many [ is searched once.
  let close = -1;
  for (let i = 0; i < line.length; i++) {
    const character = line[i];
    if (character === '\\' && /[!-/:-@[-`{-~]/.test(line[i + 1] ?? '')) result += escaped(line[++i]);
    else if (character === '`') {
      const marks = /^`+/.exec(line.slice(i, i + 64))?.[0].length ?? 1;
      const end = codeEnd.get(i);
      if (end !== undefined) result += escaped(line.slice(i + marks, end).replace(/^ (.*\S.*) $/, '$1'));
      i = (end ?? i) + marks - 1;
    } else if (character === '*' || (character === '~' && line[i + 1] === '~')) {
      if (character === '~') i++;
      // A lone star between spaces is a sign of its own.
      else if (line[i - 1] === ' ' && line[i + 1] === ' ') result += '*';
    } else if (character === '_' && (!isWord(line[i - 1]) || !isWord(line[i + 1]))) continue;
    else if (character === '!' && line[i + 1] === '[') continue;
    else if (character === '<') {
      const address = /^<([a-z][a-z\d+.-]{1,31}:[^\s<>]*|[^\s<>@]+@[^\s<>@]+)>/i.exec(line.slice(i, i + 300))?.[1];
      result += address === undefined ? '<' : escaped(address);
      if (address !== undefined) i += address.length + 1;
    } else if (character === '[') {
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
      // It has no ], so there is no link in it.
      result += inlineText(line.slice(i + 1, close));
      i = target;
    } else result += character;
  }
  return result;
}

/** Where each run of backticks stands that begins code -> where the run of as many stands that ends it. */
function codeSpans(line: string): ReadonlyMap<number, number> {
  const ends = new Map<number, number>();
  const next = new Map<number, number>();
  for (const { 0: run, index } of [...line.matchAll(/`+/g)].reverse()) {
    const end = next.get(run.length);
    if (end !== undefined && run.length <= 64) ends.set(index, end);
    next.set(run.length, index);
  }
  return ends;
}

function escaped(code: string): string {
  return code.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character);
}
