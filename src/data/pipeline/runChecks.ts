// What is asked of a run before it reads: filters where texts are shown filtered only, and a file that can be read. Pure.

import { LabError } from '../../core/errors';
import type { PipelineConfig, StageName } from '../../core/pipelineConfig';
import type { ByteSource } from './source/byteSource';
import { type FilePlan, isPlanned } from './source/planFiles';

/** Stages without which a text that is shown filtered only would come out as it went in. */
const FILTERS: readonly StageName[] = ['markup', 'quality', 'personal-data'];

/** @throws LabError `config.invalid` */
export function requireFilters(sources: readonly ByteSource[], { stages, source, markup }: PipelineConfig): void {
  const guarded = sources.find(({ filteredOnly }) => filteredOnly === true);
  if (guarded === undefined) return;
  const missing = FILTERS.filter((name) => !stages.includes(name));
  const wrong = [
    ...(missing.length === 0 ? [] : [`Stages that are off: ${missing.join(', ')}.`]),
    ...(source.format === 'auto' ? [] : [`source.format is ${source.format}.`]),
    ...(source.columns.length === 0 ? [] : ['source.columns names fields.']),
    ...(markup.kind === 'auto' ? [] : [`markup.kind is ${markup.kind}.`]),
  ];
  if (wrong.length === 0) return;
  throw new LabError({
    code: 'config.invalid',
    message: `${guarded.name} is prepared with its filters only.`,
    why: `Its mails are real people's, and some are offensive. ${wrong.join(' ')}`,
    advice: `Turn ${FILTERS.join(', ')} on and leave formats automatic, or remove that file.`,
  });
}

/** @throws LabError `data.invalid` */
export function requirePieces({ files, pieces }: FilePlan): void {
  if (pieces.length > 0) return;
  const refusals = files.flatMap((file) => (isPlanned(file) ? [] : [`${file.message} ${file.why ?? ''}`]));
  throw new LabError({
    code: 'data.invalid',
    message: files.length === 0 ? 'No file was given.' : 'There is no file that can be read.',
    ...(refusals.length === 0 ? {} : { why: refusals.slice(0, 5).join(' ') }),
    advice: 'Give text, JSONL, CSV, HTML, Markdown, e-mail or source code, as it is or as gzip.',
  });
}
