// labController's hand on the samples of a run: the model goes on with a text, or, where it reads whole texts, is asked what its head is for. The run
// pauses meanwhile. It draws nothing; what comes back is a sample in runStore.

import { LabError, toLabErrorData } from '../core/errors';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { readingLine, sampleRequest } from '../core/sampleReadings';
import { labController } from './labController';
import { askReader } from './labControllerAnswers';
import { addSample } from './runEvents';
import { addNotice, runStore } from './stores/runStore';
import { setupStore } from './stores/setupStore';

/** Asks the model that trains. */
export async function askRun(prompt: string): Promise<void> {
  const model = runStore.getState().facts?.config.model;
  if (model === undefined) return;
  if (modelSizes(model).task === 'causal-lm') await continueText(prompt);
  else await readText(model, prompt);
}

async function continueText(prompt: string): Promise<void> {
  const { sampleTokens, sampleTemperature } = setupStore.getState().config.train;
  // Each question draws anew; only the run's own samples are bound to its seed.
  const request = { prompt, maxTokens: sampleTokens, temperature: sampleTemperature, seed: Date.now() >>> 0 };
  const result = await labController.aside('asking', () => labController.rank.generate(request));
  if (result === null) return;
  const { text, droppedTokens, pipeline } = result;
  const written = { prompt, text, done: true, droppedTokens, ...(pipeline === undefined ? {} : { pipeline }) };
  addSample({ step: runStore.getState().step, ...written }, true);
}

async function readText(model: ModelConfig, prompt: string): Promise<void> {
  try {
    const request = sampleRequest(modelSizes(model).task, prompt);
    if (request === null)
      throw new LabError({
        code: 'data.invalid',
        message: 'There is no question with a text behind it.',
        why: 'This model finds answers in a text.',
        advice: 'Write a question, a question mark, and the text that may answer it.',
      });
    const result = await askReader(request);
    if (result === null) return;
    addSample({ step: runStore.getState().step, prompt, text: readingLine(result), done: true }, true);
  } catch (thrown) {
    const error = toLabErrorData(thrown);
    if (error.code !== 'run.cancelled' && runStore.getState().failure === null) addNotice(error);
  }
}
