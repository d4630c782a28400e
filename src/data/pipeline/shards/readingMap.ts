// Which rank and step reads which document, both ways: computed from the documents' file and the order of sequences, not recorded. Pure.

import type { DocumentReading, DocumentSpan, ReadingRun, StepReading } from '../../../core/pipelineRecords';
import { SequenceOrder, wholeSequences } from './sequenceOrder';
import { ownerOfRow } from './shardBatcher';

export class ReadingMap {
  /** [documents + 1]: the token at which each begins. */
  readonly #starts: Float64Array;
  readonly #sequences: number;

  /** @param tokens of the split @param documents content of the split's documents file: file, record, tokens of each */
  constructor(
    tokens: number,
    private readonly sequenceLength: number,
    private readonly documents: Uint32Array,
  ) {
    this.#sequences = wholeSequences(tokens, sequenceLength);
    const count = documents.length / 3;
    this.#starts = new Float64Array(count + 1);
    for (let i = 0; i < count; i++) this.#starts[i + 1] = this.#starts[i] + documents[3 * i + 2];
  }

  /** Parts of documents in a sequence's inputs, in order; `from` and `to` are positions in the sequence: borders that attention may be kept from crossing. */
  documentsOf(sequence: number): readonly DocumentSpan[] {
    const start = sequence * this.sequenceLength;
    const end = start + this.sequenceLength;
    const spans: DocumentSpan[] = [];
    for (let index = this.#documentAt(start); index < this.#starts.length - 1 && this.#starts[index] < end; index++) {
      const from = Math.max(start, this.#starts[index]);
      const to = Math.min(end, this.#starts[index + 1]);
      if (to > from)
        spans.push({
          index,
          file: this.documents[3 * index],
          record: this.documents[3 * index + 1],
          from: from - start,
          to: to - start,
        });
    }
    return spans;
  }

  /** What every row of a step's global batch reads, and on which rank. */
  readingsOfStep(step: number, run: ReadingRun): readonly StepReading[] {
    const order = new SequenceOrder(this.#sequences, run.seed, run.batchSize);
    return Array.from({ length: run.batchSize }, (_, row) => {
      const { epoch, sequence } = order.sequence(step, row);
      return { epoch, sequence, step, row, ...ownerOfRow(row, run), documents: this.documentsOf(sequence) };
    });
  }

  /** When and where a document is read in an epoch: once for each sequence that it reaches into. Its last tokens may be in none. */
  readingsOfDocument(index: number, epoch: number, run: ReadingRun): readonly DocumentReading[] {
    const order = new SequenceOrder(this.#sequences, run.seed, run.batchSize);
    const first = Math.floor(this.#starts[index] / this.sequenceLength);
    const last = Math.min(this.#sequences - 1, Math.floor((this.#starts[index + 1] - 1) / this.sequenceLength));
    const readings: DocumentReading[] = [];
    for (let sequence = first; sequence <= last; sequence++) {
      const { step, row } = order.readingOf(sequence, epoch);
      readings.push({ epoch, sequence, step, row, ...ownerOfRow(row, run) });
    }
    return readings;
  }

  /** The document that a token is of. */
  #documentAt(token: number): number {
    let low = 0;
    let high = this.#starts.length - 2;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#starts[middle] <= token) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
