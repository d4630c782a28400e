// The tallies of all stages of a run, put together from the parts and from what judges and packs, as one list of reports in the order in which
// the stages run. Pure.

import type { PipelineConfig } from '../../core/pipelineConfig';
import type { DocumentRef, StageReport } from '../../core/pipelineRecords';
import type { CorpusJudge } from './corpusJudge';
import { mergeTally, newTally, type StageTally, stageReport } from './tally';

/** Workers hash for the stages that compare documents: a tally of its own in their parts, which has no report. */
export const HASH_TALLY = 'hash';

export class StageTallies {
  readonly #tallies = new Map<string, StageTally>();
  /** The stage that compares documents by their hashes. */
  readonly #comparing: StageTally;
  readonly #order: readonly string[];

  constructor(
    { stages }: Pick<PipelineConfig, 'stages'>,
    { exact, near, split }: Pick<CorpusJudge, 'exact' | 'near' | 'split'>,
    private readonly documentAt: (piece: number, row: number) => DocumentRef,
  ) {
    for (const tally of [exact, near, split]) if (tally !== null) this.#tallies.set(tally.stage, tally);
    this.#comparing = near ?? exact ?? split;
    const last = stages.includes('decontaminate') ? ['decontaminate', 'pack'] : ['pack'];
    this.#order = ['decode', ...stages.filter((name) => name !== 'decontaminate'), 'split', 'tokenize', ...last];
  }

  /** Of a part. */
  add(tallies: readonly StageTally[]): void {
    for (const tally of tallies) {
      const own = this.#tallies.get(tally.stage) ?? newTally(tally.stage);
      this.#tallies.set(tally.stage, own);
      mergeTally(own, tally);
    }
  }

  /** Time that comparing took. */
  judged(milliseconds: number): void {
    this.#comparing.milliseconds += milliseconds;
  }

  /** Of stages that run once over everything. */
  set(tallies: readonly StageTally[]): void {
    for (const tally of tallies) this.#tallies.set(tally.stage, tally);
  }

  countsOf(stage: string): ReadonlyMap<string, number> {
    return this.#tallies.get(stage)?.counts ?? new Map();
  }

  reports(): readonly StageReport[] {
    const hashed = this.#tallies.get(HASH_TALLY)?.milliseconds ?? 0;
    return this.#order.flatMap((name) => {
      const tally = this.#tallies.get(name);
      if (tally === undefined) return [];
      const report = stageReport(tally, this.documentAt);
      return [{ ...report, milliseconds: report.milliseconds + (tally === this.#comparing ? hashed : 0) }];
    });
  }
}
