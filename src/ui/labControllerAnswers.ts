// labController's hand on models that read whole texts: fills gaps, classifies, labels words, answers questions and compares texts with the model
// that is loaded, or with the one that trains, which pauses meanwhile. It draws nothing and keeps nothing.

import type { ReadingRequest, ReadingResult } from '../core/answerRecords';
import { labController } from './labController';

/**
 * Asks one thing: `fill`, `classify`, `tag`, `answer` or `similar`, each with its own fields (core/answerRecords.ts). The result is of the same task:
 * `result.task` tells its type.
 * @returns null where the lab is busy with another question, or a race is on
 * @throws LabError `model.unsupported` for a head that is for something else, `tokenizer.invalid`, `data.invalid`
 */
export async function askReader(request: ReadingRequest): Promise<ReadingResult | null> {
  // What went wrong belongs beside the question, not among the run's notices.
  const outcome = await labController.aside('asking', () =>
    labController.rank.read(request).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    ),
  );
  if (outcome === null) return null;
  if ('error' in outcome) throw outcome.error;
  return outcome.result;
}
