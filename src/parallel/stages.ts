// Divides a model's layers over pipeline stages by cost: the embedding and the head count as what they take. Pure.

import { LabError } from '../core/errors';

/** A run of consecutive layers; the first stage embeds, the last has the final norm and the head. */
export interface StageSpan {
  readonly stage: number;
  readonly firstLayer: number;
  /** Exclusive. */
  readonly endLayer: number;
  readonly embedding: boolean;
  readonly head: boolean;
}

/** Relative costs, in any unit. */
export interface LayerCosts {
  readonly embedding: number;
  readonly layer: number;
  readonly head: number;
}

export function wholeModel(layers: number): StageSpan {
  return { stage: 0, firstLayer: 0, endLayer: layers, embedding: true, head: true };
}

/**
 * Consecutive layers for each stage so that the costliest stage is as cheap as can be; each has at least one layer.
 * @throws LabError `config.invalid` where there are more stages than layers
 */
export function splitStages(layers: number, stages: number, costs: LayerCosts): StageSpan[] {
  if (stages > layers)
    throw new LabError({
      code: 'config.invalid',
      message: `${layers} layers do not fill ${stages} pipeline stages.`,
      why: 'Each stage holds at least one layer.',
      advice: 'Lower parallel.pp or parallel.stagesPerRank, or take a model of more layers.',
    });
  const costOf = (stage: number, count: number): number =>
    count * costs.layer + (stage === 0 ? costs.embedding : 0) + (stage === stages - 1 ? costs.head : 0);
  // One layer each, then every further layer to the stage that is cheapest with it; the later of equals, so that the first stages, whose
  // activations are held longest, stay small.
  const counts = new Array<number>(stages).fill(1);
  for (let left = layers - stages; left > 0; left--) {
    let best = 0;
    for (let stage = 1; stage < stages; stage++)
      if (costOf(stage, counts[stage] + 1) <= costOf(best, counts[best] + 1)) best = stage;
    counts[best]++;
  }
  let firstLayer = 0;
  return counts.map((count, stage) => {
    const span = {
      stage,
      firstLayer,
      endLayer: firstLayer + count,
      embedding: stage === 0,
      head: stage === stages - 1,
    };
    firstLayer += count;
    return span;
  });
}
