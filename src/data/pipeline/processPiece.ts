// What one data worker does with a piece: reads its records, takes each through the stages that see one document, hashes and
// tokenizes what is left, and hands it out in parts of about a MiB. Pure but for the reading; what it gives depends on the piece alone.

import type { DocumentStageName, PipelineConfig } from '../../core/pipelineConfig';
import type { Tokenizer } from '../tokenizer';
import { Breather } from '../tokenizerTraining/breather';
import { flatText } from './flatText';
import { WordHashes } from './hashes';
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
import type { DocumentStage } from './stages/stage';
import { addCount, tallyOutcome } from './tally';

/** Text of a part before it is handed out, in characters. */
const PART_CHARACTERS = 1 << 20;

export class PieceProcessor {
  readonly #words = new WordHashes();
  readonly #stages: readonly { readonly name: DocumentStageName; readonly run: DocumentStage }[];
  readonly #minHasher: MinHasher | null;
  readonly #keepWords: boolean;
  readonly #end: Uint32Array;

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
  clean(record: SourceRecord, file: PlannedFile): string | { readonly dropped: string } {
    return this.#clean(record, file, 0, (_stage, _before, run) => run());
  }

  #clean(
    { text }: SourceRecord,
    file: PlannedFile,
    first: number,
    around: (
      index: number,
      before: string,
      run: () => string | { readonly dropped: string },
    ) => string | { readonly dropped: string },
    count: (index: number, what: string, by: number) => void = () => undefined,
  ): string | { readonly dropped: string } {
    let current = text;
    for (const [i, stage] of this.#stages.entries()) {
      const before = current;
      const outcome = around(first + i, before, () =>
        stage.run(before, {
          format: file.format,
          count: (what, by = 1) => count(first + i, what, by),
          words: (each) => this.#words.of(each),
        }),
      );
      if (typeof outcome !== 'string') return outcome;
      current = outcome === before ? before : flatText(outcome);
    }
    return current === '' ? { dropped: 'empty' } : current;
  }

  #document({ text: slice, row }: SourceRecord, file: PlannedFile, piece: Piece, build: PartBuilder): void {
    const reading = performance.now();
    const record = { text: flatText(slice), row };
    build.tallies[0].milliseconds += performance.now() - reading;
    const place = { piece: piece.index, row: record.row };
    build.size += record.text.length;
    const [decode] = build.tallies;
    const broken = record.text.includes('\ufffd');
    if (broken) addCount(decode.counts, 'documents with broken bytes');
    const dropped = broken && this.config.source.invalidBytes === 'drop';
    tallyOutcome(decode, place, record.text, dropped ? { dropped: 'broken bytes' } : record.text);
    if (dropped) return;
    const text = this.#clean(
      record,
      file,
      1,
      (index, before, run) => {
        const tally = build.tallies[index];
        const start = performance.now();
        const outcome = run();
        tally.milliseconds += performance.now() - start;
        tallyOutcome(tally, place, before, outcome);
        return outcome;
      },
      (index, what, by) => addCount(build.tallies[index].counts, what, by),
    );
    const tokenize = build.tallies[build.tallies.length - 1];
    if (typeof text !== 'string') {
      if (text.dropped === 'empty') tallyOutcome(tokenize, place, '', text);
      return;
    }
    const start = performance.now();
    build.addText(text, record.row, this.#words);
    const hashed = performance.now();
    const { ids, dropped: unknown } = this.tokenizer.encodeCounted(text);
    build.addTokens(ids, this.#end);
    if (unknown > 0) addCount(tokenize.counts, 'characters without a token', unknown);
    addCount(tokenize.counts, 'tokens', ids.length + this.#end.length);
    tallyOutcome(tokenize, place, text, text);
    tokenize.milliseconds += performance.now() - hashed;
    build.hashMilliseconds += hashed - start;
  }
}

function isDocumentStage(name: string): name is DocumentStageName {
  return name !== 'exact-dedup' && name !== 'near-dedup' && name !== 'decontaminate';
}
