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

/** Text of a part before it is handed out, in characters. */
const PART_CHARACTERS = 1 << 20;

export class PieceProcessor {
  readonly #survey = new TextSurvey();
  readonly #stages: readonly { readonly name: DocumentStageName; readonly run: DocumentStage }[];
  readonly #minHasher: MinHasher | null;
  readonly #keepWords: boolean;
  readonly #end: Uint32Array;
  /** Of the stage at work; null where nobody counts. */
  #counted: StageTally | null = null;

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
    this.#minHasher = config.stages.includes('near-dedup') ? new MinHasher(config.nearDedup) : null;
    this.#keepWords = config.stages.includes('decontaminate');
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
    let part = 0;
    let build = new PartBuilder(this.stageNames, this.tokenizer.vocabularySize, this.#minHasher, this.#keepWords);
    let rows = 0;
    for await (const batch of readPiece(source, file, piece, this.config.source)) {
      build.bytes += batch.bytes;
      build.tallies[0].milliseconds += batch.milliseconds;
      build.bad.push(...batch.bad);
      for (const record of batch.records) {
        this.#document(record, file, piece, build);
        if (breather.due()) await breather.breathe();
        // The rest of this batch goes into the next part.
        if (build.size >= PART_CHARACTERS) {
          if (part >= skipParts) yield build.finish(piece.index, part, false, record.row);
          part++;
          build = new PartBuilder(this.stageNames, this.tokenizer.vocabularySize, this.#minHasher, this.#keepWords);
        }
      }
      rows = batch.rows;
      breather.throwIfCancelled();
    }
    if (part >= skipParts) yield build.finish(piece.index, part, true, rows);
  }

  /** The cleaned text of one record, and what left it out if it was. */
  clean({ text }: SourceRecord, { content }: PlannedFile): string | Dropped {
    return this.#clean(this.#survey.flat(text), content, null, () => ({ piece: 0, row: 0 }));
  }

  /** @param tallies of a part, `decode` first @param place of the document in the samples of a stage */
  #clean(
    text: string,
    format: SourceFormat,
    tallies: readonly StageTally[] | null,
    place: (stage: number) => Place,
  ): string | Dropped {
    let current = text;
    let content = format;
    let clock = tallies === null ? 0 : performance.now();
    const context: StageContext = {
      get format() {
        return content;
      },
      survey: (each) => this.#survey.of(each),
      count: (what, by) => {
        if (this.#counted !== null) addCount(this.#counted.counts, what, by);
      },
    };
    for (const [i, { name, run }] of this.#stages.entries()) {
      const before = current;
      this.#counted = tallies?.[1 + i] ?? null;
      const outcome = run(before, context);
      // Whoever changes a text pays for the new look at it.
      if (typeof outcome === 'string' && outcome !== before) current = this.#survey.flat(outcome);
      if (this.#counted !== null) {
        tallyOutcome(this.#counted, place(i), before, typeof outcome === 'string' ? current : outcome);
        const now = performance.now();
        this.#counted.milliseconds += now - clock;
        clock = now;
      }
      if (typeof outcome !== 'string') return outcome;
      if (name === 'markup' && format !== 'code') content = 'text';
    }
    return current === '' ? { dropped: 'empty' } : current;
  }

  #document({ text: slice, row }: SourceRecord, file: PlannedFile, piece: Piece, build: PartBuilder): void {
    const start = performance.now();
    const read = this.#survey.flat(slice);
    const place: Place = { piece: piece.index, row, ...(file.filteredOnly ? { withhold: 'both' as const } : {}) };
    const passed: Place = file.filteredOnly ? { ...place, withhold: 'before' } : place;
    build.size += read.length;
    const [decode] = build.tallies;
    const broken = (this.#survey.facts & BROKEN) !== 0;
    if (broken) addCount(decode.counts, 'documents with broken bytes');
    const dropped = broken && this.config.source.invalidBytes === 'drop';
    tallyOutcome(decode, place, read, dropped ? { dropped: 'broken bytes' } : read);
    decode.milliseconds += performance.now() - start;
    if (dropped) return;
    const last = this.#stages.length - 1;
    const text = this.#clean(read, file.content, build.tallies, (stage) => (stage === last ? passed : place));
    const tokenize = build.tallies[build.tallies.length - 1];
    if (typeof text !== 'string') {
      if (text.dropped === 'empty') tallyOutcome(tokenize, place, '', text);
      return;
    }
    const cleaned = performance.now();
    build.addText(text, row, this.#survey);
    const hashed = performance.now();
    const { tokens, unknown } = build.addTokens(text, this.tokenizer, this.#end);
    if (unknown > 0) addCount(tokenize.counts, 'characters without a token', unknown);
    addCount(tokenize.counts, 'tokens', tokens);
    tallyOutcome(tokenize, place, text, text);
    tokenize.milliseconds += performance.now() - hashed;
    build.hashMilliseconds += hashed - cleaned;
  }
}

function isDocumentStage(name: string): name is DocumentStageName {
  return name !== 'exact-dedup' && name !== 'near-dedup' && name !== 'decontaminate';
}
