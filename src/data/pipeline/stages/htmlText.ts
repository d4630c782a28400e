// The text of an HTML page: what a reader sees, with line ends where blocks end. Pure; one pass, no tree.
// It follows the tokenizer of the HTML standard where that decides what is text (comments, scripts, quotes in tags), and does not lay out.

import { decodeEntities } from './htmlEntities';

/** Elements whose content is not read. */
const UNREAD = new Set('script style noscript template svg math title iframe object select'.split(' '));
/** Of these an empty one may end with its first tag: `<svg/>`. In others HTML does not see that slash. */
const FOREIGN = new Set(['svg', 'math']);
const BLOCKS = new Set(
  (
    'address article aside blockquote body br dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html ' +
    'li main nav ol option p pre section summary table tbody td tfoot th thead title tr ul'
  ).split(' '),
);
const LONGEST_NAME = 16;

export function htmlText(html: string): string {
  const parts: string[] = [];
  let text = 0;
  let at = html.indexOf('<');
  while (at >= 0) {
    const end = markupEnd(html, at);
    if (end === null) {
      at = html.indexOf('<', at + 1);
      continue;
    }
    parts.push(decodeEntities(html.slice(text, at)));
    const { name, closing } = tagName(html, at);
    const empty = FOREIGN.has(name) && html[end - 2] === '/';
    text = UNREAD.has(name) && !closing && !empty ? endOfElement(html, name, end) : end;
    if (BLOCKS.has(name)) parts.push(name === 'td' || name === 'th' ? ' ' : '\n');
    at = html.indexOf('<', text);
  }
  parts.push(decodeEntities(html.slice(text)));
  return parts.join('');
}

/** Where the tag, comment or declaration at `at` ends; the end of the page where it does not; null where this `<` is text. */
function markupEnd(html: string, at: number): number | null {
  if (html.startsWith('<!--', at)) return commentEnd(html, at + 2);
  const next = html.charCodeAt(at + 1);
  if (next === 33 || next === 63) return behind(html, '>', at + 2);
  const first = next === 47 ? html.charCodeAt(at + 2) : next;
  if (!((first | 32) >= 97 && (first | 32) <= 122)) return null;
  let quote = 0;
  // Behind a = and the spaces that may follow it: there alone a quote begins a value.
  let assigned = false;
  for (let i = at + 2; i < html.length; i++) {
    const code = html.charCodeAt(i);
    if (quote !== 0) quote = code === quote ? 0 : quote;
    else if (code === 62) return i + 1;
    else if (code > 32) {
      if (assigned && (code === 34 || code === 39)) quote = code;
      assigned = code === 61;
    }
  }
  return html.length;
}

/** @param dashes of `<!--`: the same two may end it, as in `<!-->` */
function commentEnd(html: string, dashes: number): number {
  const end = /--!?>/g;
  end.lastIndex = dashes;
  return end.test(html) ? end.lastIndex : html.length;
}

function behind(html: string, mark: string, from: number): number {
  const found = html.indexOf(mark, from);
  return found < 0 ? html.length : found + mark.length;
}

function tagName(html: string, at: number): { readonly name: string; readonly closing: boolean } {
  const closing = html[at + 1] === '/';
  const start = at + (closing ? 2 : 1);
  let end = start;
  while (end - start < LONGEST_NAME && /[a-z0-9]/i.test(html[end] ?? '')) end++;
  return { name: html.slice(start, end).toLowerCase(), closing };
}

/** Behind the element's end tag, as HTML finds it for scripts: the first one, whatever stands between. */
function endOfElement(html: string, name: string, from: number): number {
  for (let at = html.indexOf('</', from); at >= 0; at = html.indexOf('</', at + 2)) {
    const found = html.slice(at + 2, at + 2 + name.length).toLowerCase() === name;
    if (found && !/[a-z0-9]/i.test(html[at + 2 + name.length] ?? '')) return markupEnd(html, at) ?? html.length;
  }
  return html.length;
}
