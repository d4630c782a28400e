// What was read of each file: documents, rows, bad rows by their number in the file, refusals. Told of parts in the order of documents. Pure.

import type { BadRow, DocumentRef, FileReport } from '../../core/pipelineRecords';
import type { PiecePart } from './partBuilder';
import type { ByteSource } from './source/byteSource';
import { type FilePlan, isPlanned } from './source/planFiles';

/** Bad rows of a file that are shown; all are counted. */
const SHOWN_ROWS = 100;

export class FileLedger {
  /** Records of its file before each piece. */
  readonly #first: Float64Array;
  readonly #documents: number[];
  readonly #badRows: number[];
  readonly #samples: BadRow[][];

  constructor(
    private readonly plan: FilePlan,
    private readonly sources: readonly ByteSource[],
  ) {
    this.#first = new Float64Array(plan.pieces.length + 1);
    this.#documents = plan.files.map(() => 0);
    this.#badRows = plan.files.map(() => 0);
    this.#samples = plan.files.map(() => []);
  }

  firstRecord(piece: number): number {
    return this.#first[piece];
  }

  /** The document that a row of a piece is; only where all before it is noted. */
  documentAt(piece: number, row: number): DocumentRef {
    return { file: this.plan.pieces[piece].file, record: this.#first[piece] + row };
  }

  note({ piece, rows, last, bad, rowOf }: Pick<PiecePart, 'piece' | 'rows' | 'last' | 'bad' | 'rowOf'>): void {
    const { file } = this.plan.pieces[piece];
    this.#documents[file] += rowOf.length;
    this.#badRows[file] += bad.length;
    for (const { row, why } of bad.slice(0, SHOWN_ROWS - this.#samples[file].length)) {
      this.#samples[file].push({ row: this.#first[piece] + row, why });
    }
    const next = this.plan.pieces.at(piece + 1);
    if (last && next?.file === file) this.#first[piece + 1] = this.#first[piece] + rows;
  }

  reports(): readonly FileReport[] {
    return this.plan.files.map((planned, file) => ({
      name: this.sources[file].name,
      bytes: this.sources[file].size,
      format: isPlanned(planned) ? planned.format : null,
      encoding: isPlanned(planned) ? planned.encoding : null,
      compressed: isPlanned(planned) && planned.gzip,
      documents: this.#documents[file],
      badRows: this.#badRows[file],
      badRowSamples: this.#samples[file],
      refusal: isPlanned(planned) ? null : planned,
    }));
  }
}
