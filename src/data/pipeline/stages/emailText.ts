// The text of an e-mail: its subject and what its sender wrote, without headers and transfer encodings. Pure.
// RFC 5322 and MIME (RFC 2045 to 2047) as far as texts need them; attachments are left out.

import { htmlText } from './htmlText';

/** Parts within parts; real mail has two or three. */
const DEEPEST = 8;
/** Parts of one message; more are not read. */
const MOST_PARTS = 256;

export function emailText(message: string): string {
  const { headers, body } = splitHeaders(message);
  const subject = decodeWords(headers.get('subject') ?? '');
  return `${subject === '' ? '' : `${subject}\n\n`}${bodyText(headers, body, 0)}`;
}

function splitHeaders(part: string): { readonly headers: ReadonlyMap<string, string>; readonly body: string } {
  // Mailboxes put a line of their own before the headers.
  const start = part.startsWith('From ') ? part.indexOf('\n') + 1 : 0;
  const headers = new Map<string, string>();
  let at = start;
  /** Of the header that a folded line goes on; '' for one whose value is known from an earlier line, null before the first. */
  let name: string | null = null;
  while (at < part.length) {
    const newline = part.indexOf('\n', at);
    const end = newline < 0 ? part.length : newline;
    const line = part.slice(at, Math.min(end, at + 8_192));
    at = end + 1;
    if (line.trim() === '') return { headers, body: part.slice(at) };
    const colon = line.indexOf(':');
    if (/^[ \t]/.test(line) && name !== null) {
      if (name !== '') headers.set(name, `${headers.get(name) ?? ''} ${line.trim()}`);
    } else if (colon > 0 && !/\s/.test(line.slice(0, Math.min(colon, 80)))) {
      name = line.slice(0, colon).toLowerCase();
      if (headers.has(name)) name = '';
      else headers.set(name, line.slice(colon + 1).trim());
    } else return headers.size === 0 ? { headers, body: part } : { headers, body: part.slice(at - line.length - 1) };
  }
  return { headers, body: '' };
}

function bodyText(headers: ReadonlyMap<string, string>, body: string, depth: number): string {
  const type = headers.get('content-type') ?? 'text/plain';
  const kind = (type.split(';')[0] ?? '').trim().toLowerCase();
  if (kind.startsWith('multipart/')) {
    const boundary = parameter(type, 'boundary');
    if (boundary === '' || depth >= DEEPEST) return '';
    const parts = splitParts(body, boundary).map((part) => {
      const { headers: inner, body: content } = splitHeaders(part);
      return {
        type: (inner.get('content-type') ?? 'text/plain').toLowerCase(),
        text: bodyText(inner, content, depth + 1),
      };
    });
    const plain = parts.find(({ type: each, text }) => each.startsWith('text/plain') && text.trim() !== '');
    // Of alternatives the plain one; else all in order.
    if (kind === 'multipart/alternative' && plain !== undefined) return plain.text;
    return parts
      .map(({ text }) => text)
      .filter((text) => text.trim() !== '')
      .join('\n\n');
  }
  if (/^attachment/i.test(headers.get('content-disposition') ?? '') || !/^(text\/|$)/.test(kind)) return '';
  const text = decodeTransfer(body, headers.get('content-transfer-encoding') ?? '', parameter(type, 'charset'));
  return kind === 'text/html' ? htmlText(text) : text;
}

function splitParts(body: string, boundary: string): readonly string[] {
  const parts: string[] = [];
  const mark = `--${boundary}`;
  let start = -1;
  for (let at = body.indexOf(mark); at >= 0 && parts.length < MOST_PARTS; at = body.indexOf(mark, at + mark.length)) {
    if (at > 0 && body[at - 1] !== '\n') continue;
    // Alone on its line: the boundary of a part within may begin as this one does.
    const rest = /^(--)?(?:[ \t\r\n]|$)/.exec(body.slice(at + mark.length, at + mark.length + 3));
    if (rest === null) continue;
    if (start >= 0) parts.push(body.slice(start, at));
    if (rest[1] !== undefined) return parts;
    const newline = body.indexOf('\n', at);
    if (newline < 0) return parts;
    start = newline + 1;
  }
  if (start >= 0) parts.push(body.slice(start));
  return parts;
}

/** A parameter of a header, such as boundary; '' where it is not there. */
function parameter(header: string, name: string): string {
  const at = header.toLowerCase().indexOf(`${name}=`);
  if (at < 0) return '';
  const value = header.slice(at + name.length + 1, at + name.length + 201);
  return value.startsWith('"') ? (value.slice(1).split('"')[0] ?? '') : (value.split(/[;\s]/)[0] ?? '');
}

function decodeTransfer(body: string, encoding: string, charset: string): string {
  switch (encoding.trim().toLowerCase()) {
    case 'quoted-printable':
      return decodeBytes(quotedPrintable(body), charset).replace(/\r\n?/g, '\n');
    case 'base64':
      return decodeBytes(base64(body), charset).replace(/\r\n?/g, '\n');
    default:
      return body;
  }
}

function quotedPrintable(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 61) {
      const pair = text.slice(i + 1, i + 3);
      if (/^[\da-f]{2}$/i.test(pair)) {
        bytes[length++] = Number.parseInt(pair, 16);
        i += 2;
        continue;
      }
      // Spaces before a line's end were added on the way (RFC 2045, section 6.7).
      const [soft] = /^[ \t]{0,78}\r?\n/.exec(text.slice(i + 1, i + 81)) ?? [];
      if (soft !== undefined) {
        i += soft.length;
        continue;
      }
    }
    if (code < 128) bytes[length++] = code;
    else for (const byte of new TextEncoder().encode(text[i])) bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

function base64(text: string): Uint8Array {
  const clean = text.replace(/[^A-Za-z0-9+/]/g, '');
  const whole = clean.slice(0, clean.length - (clean.length % 4 === 1 ? 1 : 0));
  return Uint8Array.from(atob(whole), (character) => character.charCodeAt(0));
}

function decodeBytes(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset === '' ? 'utf-8' : charset).decode(bytes);
  } catch {
    // A name that nobody knows: most such mail is UTF-8 or looks like it.
    return new TextDecoder().decode(bytes);
  }
}

/**
 * Encoded words of headers (RFC 2047), and the language that RFC 2231 lets them name. Neighbours of one charset are decoded together, though
 * they should not be: many mailers cut a character in two.
 */
function decodeWords(header: string): string {
  let result = '';
  let at = 0;
  let bytes: number[] = [];
  let charsetOf = '';
  const flush = () => {
    result += decodeBytes(Uint8Array.from(bytes), charsetOf);
    bytes = [];
  };
  for (const word of header.matchAll(/=\?([\w-]{1,40})(?:\*[\w-]{0,40})?\?([bq])\?([^?\s]{0,500})\?=/gi)) {
    const [whole, charset = '', how = '', content = ''] = word;
    const between = header.slice(at, word.index);
    // Space between two encoded words is none of the text.
    if (bytes.length === 0 || between.trim() !== '') {
      flush();
      result += between;
    } else if (charset.toLowerCase() !== charsetOf) flush();
    charsetOf = charset.toLowerCase();
    bytes.push(...(how.toLowerCase() === 'b' ? base64(content) : quotedPrintable(content.replaceAll('_', ' '))));
    at = word.index + whole.length;
  }
  flush();
  return result + header.slice(at);
}
