// `lab predict`: what is expected of a step of a mesh, held against steps that this machine runs: order, bubble, memory, every byte. A line a
// check; the exit status says whether all held.

import type { TimeShares } from '../../../src/parallel/stepShares';
import type { ConfigOverrides } from '../../../src/ui/automationApi';
import { adapterName, type Command } from '../command';
import { meshOverrides } from '../meshOptions';
import { configSource } from './train';

const STEPS = 24;

export const predict: Command = async (parsed) => {
  const { positional = '', numbers } = parsed;
  const mesh = meshOverrides(parsed);
  const overrides: ConfigOverrides = {
    ...mesh,
    // Nothing but steps: looking at the model would stand between them.
    train: { ...mesh.train, steps: numbers.get('steps') ?? STEPS, evalEvery: 0, sampleEvery: 0 },
  };
  const source = await configSource(positional);
  return async (lab) => {
    const result = await lab.run({ command: 'predict', source, overrides }, (event) => {
      if (event.type === 'rank' && event.event.type === 'notice') lab.reporter.note(event.event.notice.message);
    });
    if (result.command !== 'predict') throw new Error('the page answered another command');
    const { checks, stepMs, shares, tracedSteps, adapter } = result;
    for (const check of checks) lab.reporter.event({ event: 'check', ...check });
    const failed = checks.filter(({ ok }) => !ok);
    for (const { check, predicted, measured, tolerance } of failed)
      lab.reporter.result(
        `not as predicted: ${check}: ${predicted} expected, ${measured} measured (within ${tolerance})`,
      );
    lab.reporter.result(
      `${checks.length - failed.length} passed, ${failed.length} failed over ${tracedSteps} traced steps on ${adapterName(adapter)}; ` +
        `a step ${stepMs.predicted.toFixed(1)} ms predicted, ${stepMs.measured.toFixed(1)} ms measured; ` +
        `predicted ${shareText(shares.predicted)}; measured ${shareText(shares.measured)}`,
    );
    return {
      ok: failed.length === 0 && tracedSteps > 0,
      summary: { stepMs, shares, tracedSteps, adapter: adapterName(adapter) },
    };
  };
};

function shareText({ compute, communication, bubble }: TimeShares): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
  return `${percent(compute)} compute, ${percent(communication)} communication, ${percent(bubble)} bubble`;
}
