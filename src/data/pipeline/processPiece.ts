// What one data worker does with a piece: reads its records, takes each through the stages that see one document, hashes and
// tokenizes what is left, and hands it out in parts of about a MiB. Pure but for the reading; what it gives depends on the piece alone.

import type { DocumentStageName, PipelineConfig, SourceFormat } from '../../core/pipelineConfig';
import type { Tokenizer } from '../tokenizer';
import { Breather } from '../tokenizerTraining/breather';
import { BROKEN } from './characterClasses';
import { MinHasher } from './minHash';
import { PartBuilder, type PiecePart } from './partBuilder';
import type { ByteSource } from './source/byteSource';
import type { Piece, PlannedFile } from './source/planFiles';
import { readPiece, type SourceRecord } from './source/readPiece';
import { language } from './stages/language';
import { markup } from './stages/markup';
import { normalize } from './stages/normalize';
import { maskPersonalData } from './stages/personalData';
import { quality } from './stages/quality';
import type { DocumentStage, Dropped, StageContext } from './stages/stage';
import { addCount, type Place, type StageTally, tallyOutcome } from './tally';
import { TextSurvey } from './textSurvey';

/** Text between looks at the clock for a breath. */
const BREATH_CHARACTERS = 1 << 14;
/** Text of a part before it is handed out, in characters. */
const PART_CHARACTERS = 1 << 20;

export class PieceProcessor {
  readonly #survey = new TextSurvey();
  readonly #stages: readonly { readonly name: DocumentStageName; readonly run: DocumentStage }[];
  readonly #build: PartBuilder;
  readonly #clock = new LapClock();
  readonly #end: Uint32Array;
  /** Of the stage at work; null where nobody counts. */
  #counted: StageTally | null = null;
  readonly #context: StageContext & { format: SourceFormat } = {
    format: 'text',
    survey: (each) => this.#survey.of(each),
    count: (what, by) => {
      if (this.#counted !== null) addCount(this.#counted.counts, what, by);
    },
  };

  constructor(
    readonly config: PipelineConfig,
    private readonly tokenizer: Tokenizer,
  ) {
    const make: Readonly<Record<DocumentStageName, () => DocumentStage>> = {
      normalize: () => normalize(config.normalize),
      markup: () => markup(config.markup),
      language: () => language(config.language),
      quality: () => quality(config.quality),
      'personal-data': () => maskPersonalData(config.personalData),
    };
    this.#stages = config.stages.flatMap((name) => (isDocumentStage(name) ? [{ name, run: make[name]() }] : []));
    const minHasher = config.stages.includes('near-dedup') ? new MinHasher(config.nearDedup) : null;
    const keepWords = config.stages.includes('decontaminate');
    this.#build = new PartBuilder(this.stageNames, tokenizer.vocabularySize, minHasher, keepWords);
    const { documentEnd } = config.tokenize;
    this.#end = documentEnd === '' ? new Uint32Array() : tokenizer.encode(documentEnd);
  }

  /** Names of the tallies of every part, in order. */
  get stageNames(): readonly string[] {
    return ['decode', ...this.#stages.map(({ name }) => name), 'tokenize'];
  }

  /**
   * @param skipParts the first parts, which somebody handed in already: they are made again and not given
   * @throws LabError where the file cannot be read, or `run.cancelled`
   */
  async *process(
    source: ByteSource,
    file: PlannedFile,
    piece: Piece,
    skipParts: number,
    signal?: AbortSignal,
  ): AsyncGenerator<PiecePart> {
    const breather = new Breather(signal);
    const build = this.#build;
    build.begin();
    let part = 0;
    let rows = 0;
    let breathedAt = 0;
    for await (const batch of readPiece(source, file, piece, this.config.source)) {
      build.bytes += batch.bytes;
      build.readMilliseconds += batch.milliseconds;
      build.bad.push(...batch.bad);
      for (const record of batch.records) {
        this.#document(record, file, piece, build);
        if (Math.abs(build.size - breathedAt) >= BREATH_CHARACTERS) {
          breathedAt = build.size;
          if (breather.due()) await breather.breathe();
        }
        // The rest of this batch goes into the next part.
        if (build.size >= PART_CHARACTERS) {
          if (part >= skipParts) yield build.finish(piece.index, part, false, record.row);
          part++;
          build.begin();
        }
      }
      rows = batch.rows;
      breather.throwIfCancelled();
    }
    if (part >= skipParts) yield build.finish(piece.index, part, true, rows);
  }

  /** The cleaned text of one record, and what left it out if it was. */
  clean(record: SourceRecord, { content }: PlannedFile): string | Dropped {
    return this.#clean(this.#read(record), content, null, () => ({ piece: 0, row: 0 }));
  }

  /** The text of a record, surveyed. */
  #read(record: SourceRecord): string {
    const { bytes } = record;
    return bytes === undefined ? this.#survey.flat(record.text) : this.#survey.read(bytes);
  }

  /** @param tallies of a part, `decode` first @param place of the document in the samples of a stage */
  #clean(
    text: string,
    format: SourceFormat,
    tallies: readonly StageTally[] | null,
    place: (stage: number) => Place,
  ): string | Dropped {
    let current = text;
    this.#context.format = format;
    for (let i = 0; i < this.#stages.length; i++) {
      const { name, run } = this.#stages[i];
      const before = current;
      this.#counted = tallies?.[1 + i] ?? null;
      const outcome = run(before, this.#context);
      // Whoever changes a text pays for the new look at it.
      if (typeof outcome === 'string' && outcome !== before) current = this.#survey.flat(outcome);
      if (this.#counted !== null) {
        tallyOutcome(this.#counted, place(i), before, typeof outcome === 'string' ? current : outcome);
        this.#counted.milliseconds += this.#clock.lap();
      }
      if (typeof outcome !== 'string') return outcome;
      if (name === 'markup' && format !== 'code') this.#context.format = 'text';
    }
    return current === '' ? { dropped: 'empty' } : current;
  }

  #document(record: SourceRecord, file: PlannedFile, piece: Piece, build: PartBuilder): void {
    this.#clock.start(build.timesNext);
    const read = this.#read(record);
    const { row } = record;
    const place: Place = { piece: piece.index, row, ...(file.filteredOnly ? { withhold: 'both' as const } : {}) };
    const passed: Place = file.filteredOnly ? { ...place, withhold: 'before' } : place;
    build.enter(read.length);
    const [decode] = build.tallies;
    const broken = (this.#survey.facts & BROKEN) !== 0;
    if (broken) addCount(decode.counts, 'documents with broken bytes');
    const dropped = broken && this.config.source.invalidBytes === 'drop';
    tallyOutcome(decode, place, read, dropped ? { dropped: 'broken bytes' } : read);
    decode.milliseconds += this.#clock.lap();
    if (dropped) return;
    const last = this.#stages.length - 1;
    const text = this.#clean(read, file.content, build.tallies, (stage) => (stage === last ? passed : place));
    const tokenize = build.tallies[build.tallies.length - 1];
    if (typeof text !== 'string') {
      if (text.dropped === 'empty') tallyOutcome(tokenize, place, '', text);
      return;
    }
    this.#clock.lap();
    build.addText(text, row, this.#survey);
    build.hashMilliseconds += this.#clock.lap();
    const { tokens, unknown } = build.addTokens(text, this.#survey.bytes, this.tokenizer, this.#end);
    if (unknown > 0) addCount(tokenize.counts, 'characters without a token', unknown);
    addCount(tokenize.counts, 'tokens', tokens);
    tallyOutcome(tokenize, place, text, text);
    tokenize.milliseconds += this.#clock.lap();
  }
}

/** Milliseconds between looks at the clock, for a document that is timed. */
class LapClock {
  #on = false;
  #last = 0;

  start(on: boolean): void {
    this.#on = on;
    if (on) this.#last = performance.now();
  }

  /** 0 where nothing is timed. */
  lap(): number {
    if (!this.#on) return 0;
    const before = this.#last;
    this.#last = performance.now();
    return this.#last - before;
  }
}

function isDocumentStage(name: string): name is DocumentStageName {
  return name !== 'exact-dedup' && name !== 'near-dedup' && name !== 'decontaminate';
}
