// The Play view's part of the page's link: the prompt and the knobs of the draw that differ from where they start, under keys that begin with
// `play.`. Reads with the valid part kept and the rest listed. Pure.

import type { FieldIssue } from '../../core/errors';
import { defaultPlaySettings, type PlaySettings } from './playSettings';

export const PLAY_PREFIX = 'play.';
const MAX_SHOWN = 60;
/** A link holds no book. */
const MAX_TEXT = 1000;

/** The range that the link takes; the draw judges what lies within by the model. */
const numbers: readonly {
  readonly name: Exclude<keyof PlaySettings, 'prompt' | 'stop' | 'logitBias'>;
  readonly most: number;
}[] = [
  { name: 'maxTokens', most: 4096 },
  { name: 'temperature', most: 100 },
  { name: 'topK', most: 2 ** 24 },
  { name: 'topP', most: 1 },
  { name: 'minP', most: 1 },
  { name: 'repetitionPenalty', most: 100 },
  { name: 'beams', most: 32 },
  { name: 'draftTokens', most: 15 },
  { name: 'seed', most: 2 ** 32 - 1 },
];
const texts = ['prompt', 'stop'] as const;
const BIAS = 'logitBias';

/** Half of a surrogate pair cannot stand in an address. */
function wellFormed(text: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(text));
}

/** `key=value` of everything that is not as it starts. */
export function playToLink(settings: PlaySettings): string[] {
  const parts: string[] = [];
  const add = (name: string, value: string) => parts.push(`${PLAY_PREFIX}${name}=${encodeURIComponent(value)}`);
  for (const name of texts) if (settings[name] !== '') add(name, wellFormed(settings[name].slice(0, MAX_TEXT)));
  for (const { name } of numbers) if (settings[name] !== defaultPlaySettings[name]) add(name, String(settings[name]));
  if (settings.logitBias.length > 0)
    add(BIAS, settings.logitBias.map(({ token, bias }) => `${token}:${bias}`).join(','));
  return parts;
}

export interface PlayLink {
  readonly settings: Partial<PlaySettings>;
  readonly issues: readonly FieldIssue[];
}

/** @param entries keys with the prefix; others are not looked at. Untrusted text. */
export function playFromLink(entries: ReadonlyMap<string, string>): PlayLink {
  const issues: FieldIssue[] = [];
  let settings: Partial<PlaySettings> = {};
  for (const [key, value] of entries) {
    if (!key.startsWith(PLAY_PREFIX)) continue;
    const name = key.slice(PLAY_PREFIX.length);
    const refuse = (expected: string) =>
      issues.push({ path: key.slice(0, MAX_SHOWN), got: value.slice(0, MAX_SHOWN), expected });
    const text = texts.find((known) => known === name);
    const number = numbers.find((known) => known.name === name);
    if (text !== undefined) settings = { ...settings, [text]: value.slice(0, MAX_TEXT) };
    else if (number !== undefined) {
      const given = Number(value);
      const fits = value.trim() !== '' && given >= 0 && given <= number.most;
      if (fits) settings = { ...settings, [number.name]: given };
      else refuse(`a number from 0 to ${number.most}`);
    } else if (name === BIAS) {
      const pairs = value.split(',').map((pair) => pair.split(':').map(Number));
      const logitBias = pairs.map(([token = Number.NaN, bias = Number.NaN]) => ({ token, bias }));
      if (logitBias.every(({ token, bias }) => Number.isInteger(token) && token >= 0 && Number.isFinite(bias)))
        settings = { ...settings, logitBias };
      else refuse('token:bias, divided by commas');
    } else refuse('no such field');
  }
  return { settings, issues };
}
