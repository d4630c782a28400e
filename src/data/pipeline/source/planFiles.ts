// Looks at the start of each file and decides how it is read: format, encoding, and the pieces that workers take. It reads samples only.
// Pieces depend on the files and the configuration alone, never on the number of workers.

import { asLabError, type LabErrorData } from '../../../core/errors';
import type { PipelineConfig, SourceEncoding, SourceFormat } from '../../../core/pipelineConfig';
import { SAMPLE_BYTES } from '../../encodingEvidence';
import { type ByteSource, byteChunks } from './byteSource';
import { csvHeader } from './csvRecords';
import { detectEncoding } from './detectEncoding';

export interface PlannedFile {
  readonly name: string;
  readonly size: number;
  readonly format: SourceFormat;
  /** What the text of a record is written in: the format, or for rows what the name says in front of it (`mails.eml.jsonl`). */
  readonly content: SourceFormat;
  /** Of its source. */
  readonly filteredOnly: boolean;
  readonly encoding: SourceEncoding;
  readonly gzip: boolean;
  /** `ranges`: pieces cut at line ends; `stream`: one piece, from start to end; `whole`: one record. */
  readonly reading: 'ranges' | 'stream' | 'whole';
  readonly notice: LabErrorData | null;
}

/** What one worker takes at a time. */
export interface Piece {
  /** In the order of documents. */
  readonly index: number;
  /** Index in the list of files. */
  readonly file: number;
  /** Bytes; records that begin in [start, end) are of this piece. */
  readonly start: number;
  readonly end: number;
}

export interface FilePlan {
  readonly files: readonly (PlannedFile | LabErrorData)[];
  readonly pieces: readonly Piece[];
  readonly totalBytes: number;
}

/** A page or a mail is read at once: bytes of its file, and characters. */
export const LARGEST_WHOLE = 64 * 1024 * 1024;
const SAMPLES = 8;
const SAMPLE_PART = 4_096;

const formatOfExtension: Readonly<Record<string, SourceFormat>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  csv: 'csv',
  tsv: 'csv',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  md: 'markdown',
  markdown: 'markdown',
  eml: 'email',
  ...Object.fromEntries(
    'c cc cpp cs css go h hpp java js jsx kt lua mjs php pl py r rb rs scala sh sql swift ts tsx vue wgsl yaml yml zig toml json xml'
      .split(' ')
      .map((extension) => [extension, 'code' as const]),
  ),
};

export function isPlanned(file: PlannedFile | LabErrorData): file is PlannedFile {
  return 'reading' in file;
}

/** Never rejects for what a file holds: such files are refused one by one. */
export async function planFiles(sources: readonly ByteSource[], config: PipelineConfig['source']): Promise<FilePlan> {
  const files: (PlannedFile | LabErrorData)[] = [];
  const pieces: Piece[] = [];
  let totalBytes = 0;
  for (const [file, source] of sources.entries()) {
    const planned = await planFile(source, config);
    files.push(planned);
    if (!isPlanned(planned)) continue;
    totalBytes += source.size;
    const step = planned.reading === 'ranges' ? config.pieceKib * 1_024 : source.size;
    for (let start = 0; start < source.size; start += step) {
      pieces.push({ index: pieces.length, file, start, end: Math.min(source.size, start + step) });
    }
  }
  return { files, pieces, totalBytes };
}

async function planFile(source: ByteSource, config: PipelineConfig['source']): Promise<PlannedFile | LabErrorData> {
  try {
    return await lookInto(source, config);
  } catch (error) {
    const { message, why = message, advice = 'Is it whole, and may it be read?' } = asLabError(error);
    return refused(source.name, `It could not be read: ${why}`, advice);
  }
}

async function lookInto(source: ByteSource, config: PipelineConfig['source']): Promise<PlannedFile | LabErrorData> {
  const { name, size, filteredOnly = false } = source;
  if (size === 0) return refused(name, 'It is empty: 0 bytes.', 'Give the file that was meant, or remove it.');
  const start = await source.read(0, Math.min(size, SAMPLE_BYTES));
  const gzip = start[0] === 0x1f && start[1] === 0x8b;
  const head = gzip ? await firstBytes(byteChunks(source, true)) : start;
  if (head.length === 0)
    return refused(
      name,
      'There is nothing in it once it is decompressed.',
      'Give the file that was meant, or remove it.',
    );
  const found =
    config.encoding === 'auto'
      ? detectEncoding(head, gzip ? [] : await samplesOf(source))
      : { encoding: config.encoding, assumed: null };
  if ('why' in found) return refused(name, found.why, found.advice);
  const format = config.format === 'auto' ? formatOf(name) : config.format;
  const { encoding } = found;
  if (format === 'csv' && config.columns.length > 0) {
    const missing = missingColumns(head, encoding, config.columns);
    if (missing !== null)
      return refused(name, missing, 'Name columns that it has under Reading files, or none for the usual ones.');
  }
  if ((format === 'html' || format === 'email') && size > LARGEST_WHOLE) {
    const mebibytes = (size / 1_048_576).toFixed(0);
    return refused(
      name,
      `A page or mail of ${mebibytes} MiB is not read; 64 MiB is the most.`,
      'Cut it into smaller files.',
    );
  }
  const reading = format === 'html' || format === 'email' ? 'whole' : gzip || format === 'csv' ? 'stream' : 'ranges';
  const content = format === 'jsonl' || format === 'csv' ? (rowContent(name) ?? format) : format;
  const notice = assumption(name, encoding, found.assumed);
  return { name, size, format, content, filteredOnly, encoding, gzip, reading, notice };
}

function assumption(name: string, encoding: SourceEncoding, assumed: string | null): LabErrorData | null {
  if (assumed === null) return null;
  return { code: 'data.invalid', message: `${name} is read as ${encoding.toUpperCase()}.`, why: assumed };
}

function formatOf(name: string): SourceFormat {
  const extension = /\.([^./\\]+)$/.exec(name.toLowerCase().replace(/\.gz$/, ''))?.[1] ?? '';
  return formatOfExtension[extension] ?? 'text';
}

/** Rows that hold pages or mails, by the extension in front of the table's own. */
function rowContent(name: string): SourceFormat | null {
  const inner = /\.([^./\\]+)\.(?:jsonl|ndjson|csv|tsv)$/.exec(name.toLowerCase().replace(/\.gz$/, ''))?.[1] ?? '';
  const format = formatOfExtension[inner];
  return format === 'html' || format === 'markdown' || format === 'email' ? format : null;
}

async function firstBytes(chunks: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  const head = new Uint8Array(SAMPLE_BYTES);
  let length = 0;
  for await (const chunk of chunks) {
    const part = chunk.subarray(0, SAMPLE_BYTES - length);
    head.set(part, length);
    length += part.length;
    if (length === SAMPLE_BYTES) break;
  }
  return head.subarray(0, length);
}

/** Evenly spread over what the head does not cover. */
async function samplesOf(source: ByteSource): Promise<readonly Uint8Array[]> {
  const room = source.size - SAMPLE_BYTES - SAMPLE_PART;
  if (room <= 0) return [];
  const samples: Uint8Array[] = [];
  for (let i = 1; i <= SAMPLES; i++) {
    const start = SAMPLE_BYTES + Math.floor((room * i) / SAMPLES);
    samples.push(await source.read(start, start + SAMPLE_PART));
  }
  return samples;
}

function missingColumns(head: Uint8Array, encoding: SourceEncoding, columns: readonly string[]): string | null {
  const header = csvHeader(new TextDecoder(encoding).decode(head).replace(/\r\n?/g, '\n'));
  const missing = columns.filter((name) => !header.includes(name));
  return missing.length === 0
    ? null
    : `It has no column ${missing.join(', ')}; it has ${header.join(', ').slice(0, 200)}.`;
}

function refused(name: string, why: string, advice: string): LabErrorData {
  return { code: 'data.invalid', message: `${name} is left out.`, why, advice };
}
