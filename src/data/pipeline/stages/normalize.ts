// Stage `normalize`: one form of Unicode, no control characters, quiet white space. Pure.

import type { PipelineConfig } from '../../../core/pipelineConfig';
import { wellFormed } from '../../decodeText';
import { isControl, isOddSpace } from '../characterClasses';
import type { DocumentStage } from './stage';

type NormalizeOptions = PipelineConfig['normalize'];

/** All spaces but line end: Unicode's Zs and tab. */
const SPACE_RUNS = /[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+/g;

/** What a text has that some form of it may not have. */
interface Survey {
  composable: boolean;
  controls: boolean;
  spaces: boolean;
}

/** Leading spaces of a line are kept in `code`, where they mean something. */
export function normalize(options: NormalizeOptions): DocumentStage {
  return (text, { format, count }) => {
    const found = survey(text);
    let result = text;
    if (options.controls && found.controls) {
      const clean = withoutControls(result);
      count('controls', result.length - clean.length);
      result = clean;
    }
    if (options.form !== 'none' && found.composable) {
      const composed = wellFormed(result).normalize(options.form);
      if (composed !== result) {
        count('composed');
        found.spaces = true;
      }
      result = composed;
    }
    if (options.whiteSpace) {
      const tidy = format === 'code' ? trimLineEnds(result) : found.spaces ? quietSpaces(result) : result.trim();
      if (tidy.length < result.length) count('spaces', result.length - tidy.length);
      result = tidy;
    }
    return result;
  };
}

/** One pass that most texts leave unchanged: nothing of them is composed, and their spaces are single. */
function survey(text: string): Survey {
  const found = { composable: false, controls: false, spaces: false };
  let before = 0;
  let beforeThat = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 32) found.spaces ||= before === 32 || before === 10;
    else if (code === 10) found.spaces ||= before === 32 || (before === 10 && beforeThat === 10);
    else if (code < 32 || code > 126) {
      if (isControl[code] === 1) {
        found.controls = true;
        // What stood apart may now stand together.
        found.spaces = true;
      } else if (isOddSpace[code] === 1) found.spaces = true;
      // Nothing below is changed by NFC, and nothing below U+00A0 by NFKC.
      found.composable ||= code >= 0xa0;
    }
    beforeThat = before;
    before = code;
  }
  return found;
}

/** Carriage returns, and line and paragraph separators, are line ends; other controls are nothing. */
function withoutControls(text: string): string {
  const lines = text.replace(/\r\n?|[\u2028\u2029]/g, '\n');
  const parts: string[] = [];
  let kept = 0;
  for (let i = 0; i < lines.length; i++) {
    if (isControl[lines.charCodeAt(i)] === 0) continue;
    parts.push(lines.slice(kept, i));
    kept = i + 1;
  }
  parts.push(lines.slice(kept));
  return parts.join('');
}

function quietSpaces(text: string): string {
  return text
    .replace(SPACE_RUNS, ' ')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function trimLineEnds(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}
