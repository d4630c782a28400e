// Where a model is on a Hub: the base address, the repository and its revision, checked before anything is asked for. Pure.

import { LabError } from '../../core/errors';

export const publicHub = 'https://huggingface.co';
/** Hosts from which the public Hub sends large files, to which it redirects. */
const PUBLIC_STORAGE = ['https://*.huggingface.co', 'https://*.hf.co'];

export interface HubRepository {
  /** `name` or `owner/name`. */
  readonly id: string;
  /** Branch, tag or commit. */
  readonly revision: string;
}

/**
 * The base of a Hub-compatible server without a slash at its end: https, or http on this machine.
 * @throws LabError `hub.address`
 */
export function parseHubBase(text: string): string {
  const trimmed = text.trim();
  const url = URL.parse(trimmed);
  if (url === null) throw address(`${shown(trimmed)} is not an address.`, `Such as ${publicHub}`);
  const local = /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local))
    throw address(
      `The address of a hub begins with https://.`,
      `${shown(trimmed)} does not; http is taken on this machine only.`,
    );
  if (url.username !== '' || url.password !== '')
    throw address('The address holds a name or password.', 'The lab sends none.');
  if (url.search !== '' || url.hash !== '')
    throw address('The address of a hub has no ? and no #.', `It is ${shown(trimmed)}.`);
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** The origins that a page has to be allowed to talk to for this base: its own, and where it is known to keep large files. */
export function hubOrigins(base: string): readonly string[] {
  return base === publicHub ? [publicHub, ...PUBLIC_STORAGE] : [new URL(base).origin];
}

/**
 * `owner/name`, `owner/name@revision`, or the address of a model's page on this hub.
 * @throws LabError `hub.address`
 */
export function parseRepository(text: string, base: string): HubRepository {
  const trimmed = text.trim().replace(/\/$/, '');
  const path = trimmed.startsWith(`${base}/`) ? trimmed.slice(base.length + 1) : trimmed;
  const [, id, , revision] = /^(.*?)(\/tree\/|\/resolve\/|@)(.*)$/.exec(path) ?? [path, path, '', 'main'];
  if (!/^[A-Za-z0-9][\w.-]{0,95}(\/[A-Za-z0-9_][\w.-]{0,95})?$/.test(id) || id.includes('..'))
    throw address(
      `${shown(trimmed)} does not name a model.`,
      'Names are such as owner/name, with letters, digits, - _ and .',
    );
  if (!/^[A-Za-z0-9_][\w./-]{0,199}$/.test(revision) || revision.includes('..'))
    throw address(`${shown(revision)} is not a revision.`, 'A branch, a tag or a commit');
  return { id, revision };
}

export function fileUrl(base: string, { id, revision }: HubRepository, file: string): string {
  return `${base}/${id}/resolve/${encodeURIComponent(revision)}/${encodeURIComponent(file)}`;
}

export function listingUrl(base: string, { id, revision }: HubRepository): string {
  return `${base}/api/models/${id}/tree/${encodeURIComponent(revision)}`;
}

function address(message: string, why: string): LabError {
  return new LabError({ code: 'hub.address', message, why });
}

function shown(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 117)}...` : text);
}
