// Data workers without threads: they take their time and die as a seed says. For tests of the pipeline's run.

import { LabError } from '../core/errors';
import type { PipelineConfig } from '../core/pipelineConfig';
import { threefry2x32, unitInterval } from '../core/rng';
import { HeldOutRuns } from '../data/pipeline/decontaminate';
import type { LaunchPieceWorker } from '../data/pipeline/pieceCrew';
import { PieceProcessor } from '../data/pipeline/processPiece';
import { countRuns } from '../data/pipeline/runCheck';
import type { ByteSource } from '../data/pipeline/source/byteSource';
import { isPlanned } from '../data/pipeline/source/planFiles';
import type { Tokenizer } from '../data/tokenizer';

export interface Simulation {
  readonly seed: number;
  /** Most milliseconds before a part is handed in. */
  readonly delayMs: number;
  /** Probability that a worker dies before it hands in a part. */
  readonly deathRate: number;
  /** Deaths in all. */
  readonly mostDeaths: number;
}

/** Also counts how many parts were under way at most without being acknowledged, and how many were compared with the held-out set. */
export function simulatedWorkers(
  sources: readonly ByteSource[],
  config: PipelineConfig,
  tokenizer: Tokenizer,
  simulation: Simulation,
): { readonly launch: LaunchPieceWorker; readonly facts: { deaths: number; mostOpen: number; checks: number } } {
  let counter = 0;
  const draw = () => unitInterval(threefry2x32(simulation.seed, 0, counter++, 0)[0]);
  const facts = { deaths: 0, mostOpen: 0, checks: 0 };
  const launch: LaunchPieceWorker = async (worker, plan, events) => {
    const processor = new PieceProcessor(config, tokenizer);
    let alive = true;
    let open = 0;
    let wake: () => void = () => undefined;
    let runs: HeldOutRuns | null = null;
    const dies = (): boolean => {
      if (!alive || facts.deaths >= simulation.mostDeaths || draw() >= simulation.deathRate) return false;
      facts.deaths++;
      alive = false;
      events.failed(new LabError({ code: 'worker.dead', message: `Data worker ${worker} died.` }));
      return true;
    };
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    await pause(draw() * simulation.delayMs);
    return {
      process({ piece, skipParts }) {
        void (async () => {
          const file = plan.files[piece.file];
          if (!isPlanned(file)) throw new Error('a piece of a refused file');
          for await (const part of processor.process(sources[piece.file], file, piece, skipParts)) {
            if (simulation.delayMs > 0) await pause(draw() * simulation.delayMs);
            while (open >= 2 && alive) {
              await new Promise<void>((resolve) => {
                wake = resolve;
              });
            }
            if (!alive || dies()) return;
            open++;
            facts.mostOpen = Math.max(facts.mostOpen, open);
            events.part(structuredClone(part));
          }
        })();
      },
      acknowledge() {
        open--;
        wake();
      },
      hold(table) {
        runs = new HeldOutRuns(table);
      },
      async check(part) {
        const counts = runs === null ? null : countRuns(runs, structuredClone(part));
        if (simulation.delayMs > 0) await pause(draw() * simulation.delayMs);
        if (counts === null || !alive || dies())
          throw new LabError({ code: 'worker.dead', message: `Data worker ${worker} is dead.` });
        facts.checks++;
        return counts;
      },
      terminate() {
        alive = false;
        wake();
      },
    };
  };
  return { launch, facts };
}
