// The pipeline as rows to draw: every stage that will run, in order, with what it has told so far. Pure.

import { corpusStageNames, type PipelineConfig, type StageName } from '../../core/pipelineConfig';
import type { StageReport } from '../../core/pipelineRecords';

export type FlowStage = StageName | 'decode' | 'split' | 'tokenize' | 'pack';

export interface FlowRow {
  readonly stage: FlowStage;
  readonly documentsIn: number;
  readonly documentsOut: number;
  /** Null for the stages that see tokens, not text. */
  readonly charactersIn: number | null;
  readonly charactersOut: number | null;
  readonly changed: number;
  readonly dropped: number;
  /** Characters (documents where there are none) a second of one worker's time in this stage; null before there is a measurable time. */
  readonly rate: number | null;
  readonly milliseconds: number;
}

/** Below this a rate says more of the clock than of the stage. */
const LEAST_MS = 5;

export function flowStages({ stages }: Pick<PipelineConfig, 'stages'>): readonly FlowStage[] {
  const last: readonly FlowStage[] = stages.includes('decontaminate') ? ['decontaminate', 'pack'] : ['pack'];
  const isCorpusStage = (name: StageName) => corpusStageNames.some((known) => known === name);
  const compared = stages.filter((name) => isCorpusStage(name) && name !== 'decontaminate');
  // Workers tokenize what they have cleaned; documents are compared afterwards.
  return ['decode', ...stages.filter((name) => !isCorpusStage(name)), 'tokenize', ...compared, 'split', ...last];
}

export function flowRows(config: Pick<PipelineConfig, 'stages'>, reports: readonly StageReport[]): readonly FlowRow[] {
  const known = new Map(reports.map((report) => [report.stage, report]));
  return flowStages(config).map((stage) => {
    const report = known.get(stage);
    const seesText = stage !== 'decontaminate' && stage !== 'pack';
    const { documentsIn = 0, documentsOut = 0, milliseconds = 0, changed = 0 } = report ?? {};
    const amount = seesText ? (report?.charactersIn ?? 0) : documentsIn;
    return {
      ...{ stage, documentsIn, documentsOut, milliseconds, changed },
      charactersIn: seesText ? (report?.charactersIn ?? 0) : null,
      charactersOut: seesText ? (report?.charactersOut ?? 0) : null,
      dropped: Object.values(report?.dropped ?? {}).reduce((sum, count) => sum + count, 0),
      rate: milliseconds < LEAST_MS ? null : (amount / milliseconds) * 1_000,
    };
  });
}

/** The stage whose samples are meant: the chosen one where it runs, else the first. */
export function shownStage(stages: readonly FlowStage[], wanted: string): FlowStage {
  return stages.find((stage) => stage === wanted) ?? stages[0] ?? 'decode';
}
