// Stage `normalize`: one form of Unicode, no control characters, quiet white space. Pure.

import type { PipelineConfig } from '../../../core/pipelineConfig';
import { wellFormed } from '../../decodeText';
import { COMPATIBLE, COMPOSABLE, CONTROL, characterFacts, ODD_SPACE } from '../characterClasses';
import type { DocumentStage } from './stage';

type NormalizeOptions = PipelineConfig['normalize'];

/** All spaces but line end: Unicode's Zs and tab. */
const SPACE_RUNS = /[\t \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+/g;

/** Leading spaces of a line are kept in `code`, and in mails with their headers, where they mean something. */
export function normalize(options: NormalizeOptions): DocumentStage {
  return (text, { format, count, survey }) => {
    // Most texts are left unchanged after this: nothing of them is composed, and their spaces are single.
    const { facts, untidy } = survey(text);
    // Where controls go, what stood apart may stand together.
    let spaces = untidy || (facts & (CONTROL | ODD_SPACE)) !== 0;
    let result = text;
    if (options.controls && (facts & CONTROL) !== 0) {
      const clean = withoutControls(result);
      count('controls', result.length - clean.length);
      result = clean;
    }
    if (options.form !== 'none' && (facts & (options.form === 'NFC' ? COMPOSABLE : COMPATIBLE)) !== 0) {
      const composed = wellFormed(result).normalize(options.form);
      if (composed !== result) {
        count('composed');
        spaces = true;
      }
      result = composed;
    }
    if (options.whiteSpace) {
      const tidy =
        format === 'code' || format === 'email' ? trimLineEnds(result) : spaces ? quietSpaces(result) : result.trim();
      if (tidy.length < result.length) count('spaces', result.length - tidy.length);
      result = tidy;
    }
    return result;
  };
}

/** Carriage returns, and line and paragraph separators, are line ends; other controls are nothing. */
function withoutControls(text: string): string {
  const lines = text.replace(/\r\n?|[\u2028\u2029]/g, '\n');
  const parts: string[] = [];
  let kept = 0;
  for (let i = 0; i < lines.length; i++) {
    if ((characterFacts[lines.charCodeAt(i)] & CONTROL) === 0) continue;
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
