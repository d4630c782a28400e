// `lab scene`: runs an application of the lab from its data to its result beside a baseline; exit status 1 where it is no better. Without a
// name it lists them.

import { scoresAt } from '../../../src/core/binaryScores';
import { findScene, type SceneEvent, type SceneResult, sceneNames, sceneSizes } from '../../../src/core/sceneRecords';
import { adapterName, type Command, type Lab, type LocalCommand, type Outcome } from '../command';
import { UsageError } from '../usage/commandSpec';

export const scene: Command = async ({ positional, texts }) => {
  if (positional === undefined) throw new UsageError(`a scene is missing; it takes: ${sceneNames.join(', ')}`);
  const name = findScene(positional);
  if (name === undefined)
    throw new UsageError(`there is no scene named '${positional}'; it takes: ${sceneNames.join(', ')}`);
  const size = sceneSizes.find((known) => known === texts.get('size'));
  return async (lab) => {
    // What runs in minutes on the adapter that there is.
    const chosen = size ?? (lab.adapter.software ? 'small' : 'full');
    const progress = new SceneProgress(lab);
    const answer = await lab.run({ command: 'scene', scene: name, size: chosen }, (event) => {
      if (event.type === 'scene') progress.take(event.event);
    });
    if (answer.command !== 'scene') throw new Error('the page answered another command');
    return report(lab, answer.result);
  };
};

/** Without a name: which there are. */
export const listScenes: LocalCommand = async (_, reporter) => {
  for (const name of sceneNames) {
    reporter.event({ event: 'scene', name, sizes: sceneSizes });
    reporter.result(name);
  }
  return { ok: true, summary: { scenes: sceneNames } };
};

function report({ reporter }: Lab, result: SceneResult): Outcome {
  const { examples, adapter, classified, ...summary } = result;
  reporter.endProgress();
  for (const example of examples) {
    reporter.event({ event: 'example', ...example });
    reporter.note(`  ${JSON.stringify(example.given)}\n    model ${JSON.stringify(example.model)}`);
    if (example.expected !== null) reporter.note(`    right ${JSON.stringify(example.expected)}`);
    if (example.baseline !== null)
      reporter.note(`    ${example.baseline.baseline} ${JSON.stringify(example.baseline.text)}`);
  }
  if (classified !== undefined)
    for (const threshold of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const scores = scoresAt(classified.judged, threshold);
      reporter.event({ event: 'threshold', threshold, positive: classified.positive, ...scores });
      reporter.note(
        `  from ${threshold} on: precision ${scores.precision.toFixed(3)}, recall ${scores.recall.toFixed(3)}, ` +
          `F1 ${scores.f1.toFixed(3)}, accuracy ${scores.accuracy.toFixed(3)}`,
      );
    }
  for (const { metric, model, better, baselines } of result.scores) {
    reporter.event({ event: 'score', metric, model, better, baselines });
    const beside = baselines.map(
      ({ baseline, value, named }) => `${baseline} ${value.toFixed(3)}${named ? '' : ' (for comparison)'}`,
    );
    reporter.result(`${metric} ${model.toFixed(3)} (${better} is better), beside ${beside.join(', ')}`);
  }
  reporter.result(
    `${result.scene}, ${result.size}: ${result.beaten ? 'better than its baseline' : 'NOT better than its baseline'}, ` +
      `${result.seconds.toFixed(0)} s on ${adapterName(adapter)}`,
  );
  return { ok: result.beaten, summary: { ...summary, adapter: adapterName(adapter), software: adapter.software } };
}

/** Tells of phases and, now and then, of steps. */
class SceneProgress {
  #phase = '';

  constructor(readonly lab: Lab) {}

  take(event: SceneEvent): void {
    const { reporter } = this.lab;
    switch (event.type) {
      case 'data': {
        const { source, unit, training, heldOut } = event.data;
        reporter.event({ event: 'data', ...event.data });
        reporter.note(`${source}: ${training} ${unit} to train on, ${heldOut} held out`);
        return;
      }
      case 'phase': {
        const { phase, stage, share } = event;
        if (`${phase} ${stage}` !== this.#phase) reporter.event({ event: 'phase', phase, stage });
        this.#phase = `${phase} ${stage}`;
        reporter.progress(phase, share);
        return;
      }
      case 'step': {
        const { step, steps, loss } = event;
        reporter.event({ event: 'step', stage: event.stage, step, loss });
        reporter.progress(`step ${step}/${steps}, loss ${loss.toFixed(3)}`, step / steps);
        return;
      }
    }
  }
}
