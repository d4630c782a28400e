// A document as people read it: the file's name and its number in the file. Pure.

import type { DocumentRef } from '../../core/pipelineRecords';
import type { Format } from '../i18n/format';

export function documentName(
  { file, record }: DocumentRef,
  files: readonly { readonly name: string }[],
  say: (file: string, record: string) => string,
  format: Format,
): string {
  return say(files.at(file)?.name ?? format.integer(file), format.integer(record));
}
