// What a stage that sees one document at a time is. Types only.

import type { SourceFormat } from '../../../core/pipelineConfig';
import type { TextSurvey } from '../textSurvey';

/** The document left the pipeline. */
export interface Dropped {
  readonly dropped: string;
}

export interface StageContext {
  /** What the text is written in: plain `text` once its markup was taken out. */
  readonly format: SourceFormat;
  /** Adds to the stage's own count of something. */
  count(what: string, by?: number): void;
  /** What one look at the text sees; it is used again at the next call with another text. */
  survey(text: string): TextSurvey;
}

/** The document's new text, the same string where nothing changed, or that it is left out. Pure but for the counts. */
export type DocumentStage = (text: string, context: StageContext) => string | Dropped;
