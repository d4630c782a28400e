// What a step trains on and what an evaluation reads, whatever the model learns: the next tokens of running text, hidden tokens of it, or
// labelled sequences. As data/batcher deals rows: by (seed, step, row) alone, so that resume, replay, accumulation and data parallelism are the
// same function, and ranks have disjoint rows. It keeps no position.

import { LabError } from '../core/errors';
import type { PreparedData } from '../core/records';
import { hashName, threefry2x32 } from '../core/rng';
import type { TrainConfig } from '../core/runConfig';
import type { MaskingRule, SequenceData, SequencePart } from '../core/sequenceRecords';
import {
  type Batch,
  type BatchPlace,
  batch,
  batchRows,
  IGNORED_TARGET,
  rowPositions,
  type ValidationPlace,
  validationBatches,
  validationPositions,
} from './batcher';
import { documentMask } from './documentStarts';
import { SequenceOrder } from './pipeline/shards/sequenceOrder';

/** A batch as the programs take it: see train/microBatch. */
export interface SequenceBatch extends Batch {
  readonly mask?: Uint32Array;
  readonly tokenTypes?: Uint32Array;
}

/** What batches are drawn from. */
export type BatchData = Pick<
  PreparedData,
  'trainTokens' | 'validationTokens' | 'trainDocuments' | 'validationDocuments' | 'rowOrder' | 'sequences'
>;

export interface BatchSource {
  /** One micro-batch of one rank. @throws LabError as batcher's `batch` */
  training(place: BatchPlace): SequenceBatch;
  /** Items that count in a step's whole global batch: what the sum of losses is divided by. */
  validItems(place: StepPlace): number;
  /** The same held-out rows every time, in batches of full shape. @throws LabError as batcher's `validationBatches` */
  validation(place: ValidationPlace): readonly SequenceBatch[];
}

export type StepPlace = Pick<BatchPlace, 'seed' | 'step' | 'batchSize' | 'sequenceLength'> & {
  /** Of one data-parallel rank's rows alone. */
  readonly rank?: number;
  readonly dpSize?: number;
};

/** A step that training never reaches: masks of held-out text are drawn there. */
const HELD_OUT_STEP = 0xffff_ffff;
const MASK_STREAM = hashName('batch.masks');
const WORD_STREAM = hashName('batch.maskedWords');

/**
 * @param documents `apart`: masks of running text say where each token's document begins
 * @throws LabError `config.invalid` where documents are to be kept apart and none are known, or tokens see both ways
 */
export function batchSource(data: BatchData, documents: TrainConfig['documents'] = 'joined'): BatchSource {
  const { sequences } = data;
  if (documents === 'apart') return new DocumentText(data);
  if (sequences === undefined) return new RunningText(data);
  return sequences.task === 'masked-lm' ? new MaskedText(data, sequences.masking) : new Labelled(data, sequences);
}

export function countItems({ targets }: Pick<Batch, 'targets'>): number {
  let count = 0;
  for (const target of targets) if (target !== IGNORED_TARGET) count++;
  return count;
}

const whole = { rank: 0, dpSize: 1, microBatch: 0, microBatches: 1 } as const;

class RunningText implements BatchSource {
  constructor(protected readonly data: BatchData) {}

  training(place: BatchPlace): SequenceBatch {
    return batch(this.data.trainTokens, { ...place, rowOrder: this.data.rowOrder });
  }

  validItems(place: StepPlace): number {
    return batchRows({ ...whole, ...place }).length * place.sequenceLength;
  }

  validation(place: ValidationPlace): readonly SequenceBatch[] {
    return validationBatches(this.data.validationTokens, place);
  }
}

/** Running text whose masks keep attention within documents. */
class DocumentText extends RunningText {
  private readonly train: Uint32Array;
  private readonly heldOut: Uint32Array;

  constructor(data: BatchData) {
    super(data);
    const { trainDocuments, validationDocuments, sequences } = data;
    if (sequences !== undefined || !trainDocuments || !validationDocuments) {
      throw new LabError({
        code: 'config.invalid',
        message: 'Documents cannot be kept apart in these data.',
        why: sequences ? 'They are no running text.' : 'They do not say where documents begin.',
        advice: 'Set train.documents to joined, or train a model that continues texts on shards of the Data view.',
      });
    }
    this.train = trainDocuments;
    this.heldOut = validationDocuments;
  }

  override training(place: BatchPlace): SequenceBatch {
    const { trainTokens, rowOrder } = this.data;
    const positions = rowPositions(trainTokens, { ...place, rowOrder });
    const own = super.training(place);
    return { ...own, mask: documentMask(this.train, positions, own.rows, place.sequenceLength) };
  }

  override validation(place: ValidationPlace): readonly SequenceBatch[] {
    const positions = validationPositions(this.data.validationTokens, place);
    return super.validation(place).map((each) => {
      const own = positions.slice(each.firstRow, each.firstRow + each.rows);
      return { ...each, mask: documentMask(this.heldOut, own, each.rows, place.sequenceLength) };
    });
  }
}

/** Windows of running text between the tokenizer's marks, some of whose tokens are hidden. */
class MaskedText implements BatchSource {
  private readonly marks: number;
  private readonly special: ReadonlySet<number>;

  constructor(
    private readonly data: BatchData,
    private readonly rule: MaskingRule,
  ) {
    this.marks = rule.before.length + rule.after.length;
    this.special = new Set(rule.special);
  }

  training(place: BatchPlace): SequenceBatch {
    const { trainTokens, rowOrder } = this.data;
    const sequenceLength = this.inner(place.sequenceLength);
    return this.masked(batch(trainTokens, { ...place, sequenceLength, rowOrder }), place, place.seed, place.step);
  }

  validItems(place: StepPlace): number {
    return countItems(this.training({ ...whole, ...place }));
  }

  validation(place: ValidationPlace): readonly SequenceBatch[] {
    const sequenceLength = this.inner(place.sequenceLength);
    const windows = validationBatches(this.data.validationTokens, { ...place, sequenceLength });
    return windows.map((each) => this.masked(each, place, 0, HELD_OUT_STEP));
  }

  /** Tokens of a sequence between its marks. */
  private inner(sequenceLength: number): number {
    if (sequenceLength > this.marks) return sequenceLength - this.marks;
    throw new LabError({
      code: 'config.invalid',
      message: `Sequences of ${sequenceLength} tokens hold nothing but their marks.`,
      why: `The tokenizer puts ${this.marks} around each.`,
      advice: 'Raise train.sequenceLength.',
    });
  }

  private masked(
    windows: Batch,
    { sequenceLength: T }: { readonly sequenceLength: number },
    seed: number,
    step: number,
  ): SequenceBatch {
    const { rows, firstRow } = windows;
    const { before, after } = this.rule;
    const inner = T - this.marks;
    const inputs = new Uint32Array(rows * T);
    const targets = new Int32Array(rows * T).fill(IGNORED_TARGET);
    const mask = new Uint32Array(rows * T);
    for (let row = 0; row < rows; row++) {
      // A row that is only there to fill the batch up.
      if (windows.targets[row * inner] === IGNORED_TARGET) continue;
      mask.fill(1, row * T, (row + 1) * T);
      inputs.set(before, row * T);
      inputs.set(after, (row + 1) * T - after.length);
      for (let t = 0; t < inner; t++) {
        const id = windows.inputs[row * inner + t];
        const at = row * T + before.length + t;
        // Of the place in the global batch, so that it is the same on whatever rank the row is.
        const shown = this.shown(id, seed, step, (firstRow + row) * T + t);
        inputs[at] = shown ?? id;
        if (shown !== null) targets[at] = id;
      }
    }
    return { rows, firstRow, inputs, targets, mask };
  }

  /** What stands where a token is hidden: the mask in 80% of cases, any token in 10%, itself in 10%; null where it is not hidden. */
  private shown(id: number, seed: number, step: number, place: number): number | null {
    if (this.special.has(id)) return null;
    const { share, mask, vocabularySize } = this.rule;
    const [chosen, kind] = threefry2x32(seed, MASK_STREAM, step, place);
    if (chosen * 2 ** -32 >= share) return null;
    if (kind * 2 ** -32 < 0.8) return mask;
    if (kind * 2 ** -32 >= 0.9) return id;
    const [word] = threefry2x32(seed, WORD_STREAM, step, place);
    return Math.floor(word * 2 ** -32 * vocabularySize);
  }
}

type LabelledData = Exclude<SequenceData, { readonly task: 'masked-lm' }>;

/** Each epoch every sequence once, in an order of its own. */
class Labelled implements BatchSource {
  private order: { readonly of: SequenceOrder; readonly seed: number; readonly batchSize: number } | null = null;

  constructor(
    private readonly data: BatchData,
    private readonly labelled: LabelledData,
  ) {}

  training(place: BatchPlace): SequenceBatch {
    const { step, seed, batchSize, sequenceLength } = place;
    const { firstRow, length, rows } = batchRows(place);
    const order = this.orderOf(seed, batchSize);
    const chosen = Array.from({ length }, (_, row) => order.sequence(step, firstRow + row).sequence);
    return this.laidOut(this.data.trainTokens, this.labelled.train, chosen, { rows, firstRow, sequenceLength });
  }

  validItems(place: StepPlace): number {
    return countItems(this.training({ ...whole, ...place }));
  }

  validation({ batches, batchSize, sequenceLength }: ValidationPlace): readonly SequenceBatch[] {
    const { validation } = this.labelled;
    const chosen = heldOutSequences(validation, batches * batchSize);
    return Array.from({ length: Math.ceil(chosen.length / batchSize) }, (_, index) => {
      const firstRow = index * batchSize;
      const own = chosen.slice(firstRow, firstRow + batchSize);
      const shape = { rows: batchSize, firstRow, sequenceLength };
      return this.laidOut(this.data.validationTokens, validation, own, shape);
    });
  }

  private orderOf(seed: number, batchSize: number): SequenceOrder {
    if (this.order?.seed !== seed || this.order.batchSize !== batchSize) {
      const of = new SequenceOrder(this.labelled.train.starts.length - 1, seed, batchSize);
      this.order = { of, seed, batchSize };
    }
    return this.order.of;
  }

  private laidOut(
    tokens: Uint32Array,
    { starts, typeIds, targets: own }: SequencePart,
    chosen: readonly number[],
    {
      rows,
      firstRow,
      sequenceLength: T,
    }: { readonly rows: number; readonly firstRow: number; readonly sequenceLength: number },
  ): SequenceBatch {
    const { task, pad } = this.labelled;
    const perRow = task === 'token-classification' ? T : task === 'question-answering' ? 2 : 1;
    const inputs = new Uint32Array(rows * T).fill(pad);
    const mask = new Uint32Array(rows * T);
    const tokenTypes = new Uint32Array(rows * T);
    const targets = new Int32Array(rows * perRow).fill(IGNORED_TARGET);
    for (const [row, index] of chosen.entries()) {
      const start = starts[index];
      const end = Math.min(starts[index + 1], start + T);
      inputs.set(tokens.subarray(start, end), row * T);
      tokenTypes.set(typeIds.subarray(start, end), row * T);
      mask.fill(1, row * T, row * T + end - start);
      if (task === 'token-classification') targets.set(own.subarray(start, end), row * T);
      else if (task === 'sequence-classification') targets[row] = own[index];
      else {
        // First all starts, then all ends.
        targets[row] = own[2 * index];
        targets[rows + row] = own[2 * index + 1];
      }
    }
    return { rows, firstRow, inputs, targets, mask, tokenTypes };
  }
}

/** Which held-out sequences an evaluation of at most `most` reads: evenly spread where there are more. */
export function heldOutSequences({ starts }: SequencePart, most: number): readonly number[] {
  const count = starts.length - 1;
  const read = Math.min(count, most);
  return Array.from({ length: read }, (_, index) => Math.floor((index * count) / read));
}
