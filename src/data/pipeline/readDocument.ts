// One document again, for people to look at: as it was read and as the stages leave it. It reads the piece that the document is in.

import { LabError } from '../../core/errors';
import type { DocumentRef, DocumentText } from '../../core/pipelineRecords';
import type { PieceProcessor } from './processPiece';
import type { ByteSource } from './source/byteSource';
import { type FilePlan, isPlanned } from './source/planFiles';
import { readPiece } from './source/readPiece';

/** Where documents are found. Plain data. */
export interface DocumentPlaces {
  readonly plan: FilePlan;
  /** Records of its file before each piece. */
  readonly firstRecords: readonly number[];
}

/** @throws LabError `data.invalid` where there is no such document */
export async function readDocument(
  { file, record }: DocumentRef,
  { plan, firstRecords }: DocumentPlaces,
  sources: readonly ByteSource[],
  processor: PieceProcessor,
): Promise<DocumentText> {
  const planned = plan.files.at(file);
  const pieces = plan.pieces.filter((piece) => piece.file === file);
  const piece = pieces.findLast(({ index }) => firstRecords[index] < record);
  if (planned === undefined || !isPlanned(planned) || piece === undefined) throw noDocument(file, record);
  const row = record - firstRecords[piece.index];
  for await (const batch of readPiece(sources[file], planned, piece, processor.config.source)) {
    const found = batch.records.find((each) => each.row === row);
    if (found === undefined) continue;
    const outcome = processor.clean(found, planned);
    const cleaned = typeof outcome === 'string' ? outcome : null;
    return { document: { file, record }, raw: planned.filteredOnly ? null : found.text, cleaned };
  }
  throw noDocument(file, record);
}

function noDocument(file: number, record: number): LabError {
  return new LabError({ code: 'data.invalid', message: `File ${file + 1} has no document ${record}.` });
}
