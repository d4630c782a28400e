// A page with the real bridge and a pretended controller: tests of the command line that must not depend on a GPU.
// What it does is steered by the address the command line gives it: nothing; and by the request's own values.

import { LabError } from '../../src/core/errors';
import type { AdapterFacts, CheckRow, RunFacts } from '../../src/core/records';
import { defaultRunConfig } from '../../src/core/runConfig';
import { installAutomation } from '../../src/ui/automation';
import type { AutomationController } from '../../src/ui/automationApi';

const adapter: AdapterFacts = {
  vendor: 'nobody',
  architecture: 'pretended',
  device: '',
  description: '',
  software: true,
  profile: 'adapter',
  limits: { maxBufferSize: 268_435_456 },
  features: ['timestamp-query'],
  missing: [{ name: 'shader-f16', reason: 'the adapter does not have it' }],
  userAgent: navigator.userAgent,
};

const passing: CheckRow = { check: 'add', maxError: 1e-7, tolerance: 1e-6, ok: true };
const failing: CheckRow = { check: 'wrong', maxError: Number.NaN, tolerance: 1e-6, ok: false };

/** A number that loses digits wherever it is not passed on in full. */
export const awkwardLoss = 0.1 + 0.2;

const controller: AutomationController = {
  adapter: async () => adapter,
  async verify({ only }, onRow) {
    if (only === 'never') return new Promise(() => {});
    if (only === 'reload') {
      location.reload();
      return new Promise(() => {});
    }
    if (only === 'spin') for (;;);
    if (only === 'console') console.error('a message for people');
    const rows = only === 'nothing' ? [] : only === 'wrong' ? [passing, failing] : [passing];
    for (const row of rows) onRow(row);
    return rows;
  },
  async conformance(files, _, onRow) {
    const rows = files.map(({ name, bytes }) => ({
      check: name,
      maxError: bytes.byteLength,
      tolerance: 1e9,
      ok: true,
    }));
    for (const row of rows) onRow(row);
    return rows;
  },
  async predict() {
    throw new LabError({ code: 'internal', message: 'This page predicts nothing.' });
  },
  async inspect() {
    throw new LabError({ code: 'internal', message: 'This page looks into nothing.' });
  },
  async read() {
    throw new LabError({ code: 'internal', message: 'This page reads nothing.' });
  },
  async open() {
    throw new LabError({ code: 'internal', message: 'This page reads no folders.' });
  },
  async distill() {
    throw new LabError({ code: 'internal', message: 'This page distils nothing.' });
  },
  async compress() {
    throw new LabError({ code: 'internal', message: 'This page compresses nothing.' });
  },
  async scene() {
    throw new LabError({ code: 'internal', message: 'This page has no scenes.' });
  },
  async data() {
    throw new LabError({ code: 'internal', message: 'This page prepares nothing.' });
  },
  async train({ config, content, exported }, onEvent) {
    if (config.train.seed === 13) {
      throw new LabError({
        code: 'run.nonFinite',
        message: 'the loss is not a number',
        advice: 'lower the learning rate',
      });
    }
    const facts: RunFacts = {
      config,
      parameterCount: 1234,
      trainedCount: 1234,
      vocabularySize: 65,
      trainTokens: content?.bytes.byteLength ?? 1000,
      validationTokens: 100,
      bytesPerToken: 1,
      uniformEntropy: Math.log(65),
      unigramEntropy: 3,
      bigramEntropy: 2.5,
      memory: [{ kind: 'parameters', bytes: 4936 }],
      totalBytes: 4936,
      dispatchesPerStep: 1,
      flopsPerStep: 1,
      tuning: [],
    };
    onEvent({ type: 'facts', facts });
    for (let step = 1; step <= config.train.steps; step++) {
      const row = {
        step,
        loss: awkwardLoss / step,
        gradientNorm: 1,
        learningRate: 1e-3,
        tokens: 512,
        elapsedMs: step,
        nonFinite: 0,
      };
      onEvent({ type: 'steps', rows: [row] });
    }
    const evaluation = { step: config.train.steps, loss: 2, bitsPerByte: 2.9, perplexity: 7.4, tokens: 100 };
    onEvent({ type: 'evaluation', row: evaluation });
    const text = new TextEncoder().encode(JSON.stringify(defaultRunConfig.model));
    const files = exported !== null ? [{ name: 'config.json', bytes: text }] : [];
    return { adapter, facts, state: 'finished', evaluation, files };
  },
  generate: async (files, { prompt }) => ({
    plain: null,
    result: {
      text: `${prompt} and ${files.map(({ name }) => name).join('+')}`,
      promptTokens: 1,
      tokens: [1, 2, 3],
      milliseconds: 3,
      prefillMs: 1,
      decodeMs: 2,
      finish: 'length',
      droppedTokens: 0,
      changes: [],
      fromFolder: [],
      notFollowed: [],
    },
  }),
  async bench(name, { size }, onRow) {
    const row = {
      bench: name,
      variant: size ?? '',
      medianMs: 1,
      lowMs: 0.9,
      highMs: 1.1,
      samples: 5,
      rate: 10,
      unit: 'GFLOP/s',
    };
    onRow(row);
    return [row];
  },
};

installAutomation(controller);
