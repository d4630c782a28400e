// `lab distill`: a smaller student learns from the model in a folder; teacher, student trained alone and student distilled side by side.

import { mkdir } from 'node:fs/promises';
import { adapterName, type Command } from '../command';
import { compressionLine } from '../compressionLine';
import { existingFile, filesOf, modelFileNames, outputFolder } from '../inputFiles';
import { UsageError } from '../usage/commandSpec';
import { configSource } from './train';

const TOKENS = 16_384;
const TEMPERATURE = 2;
/** Both halves of the loss weigh alike. */
const ALPHA = 0.5;

export const distill: Command = async ({ positional = '', texts, numbers, flags }) => {
  const student = texts.get('student');
  if (student === undefined) throw new UsageError('distill needs the student: --student CONFIG_OR_PRESET');
  const inputs = await filesOf(positional, modelFileNames, ['config.json']);
  const source = await configSource(student);
  const given = texts.get('text');
  const text = given === undefined ? undefined : await existingFile(given);
  const out = texts.has('out') ? await outputFolder(texts.get('out') ?? '', flags.has('force')) : null;
  const options = {
    temperature: numbers.get('temperature') ?? TEMPERATURE,
    alpha: numbers.get('alpha') ?? ALPHA,
    tokens: numbers.get('tokens') ?? TOKENS,
  };
  const [steps, seed] = [numbers.get('steps'), numbers.get('seed')];
  const train = { ...(steps === undefined ? {} : { steps }), ...(seed === undefined ? {} : { seed }) };
  return async (lab) => {
    if (out !== null) await mkdir(out, { recursive: true });
    const result = await lab.run(
      {
        command: 'distill',
        inputs: inputs.map((file) => lab.server.addInput(file)),
        source,
        overrides: { train, parallel: {} },
        ...(text === undefined ? {} : { text: lab.server.addInput(text) }),
        options,
        outputUrl: out === null ? null : lab.server.openOutput(out),
      },
      (event) => {
        if (event.type === 'compression') {
          lab.reporter.endProgress();
          lab.reporter.event({ event: 'model', ...event.row });
          lab.reporter.result(compressionLine(event.row));
        } else if (event.type === 'distillation') {
          const { stage, step, steps: all } = event.progress;
          lab.reporter.event({ event: 'step', ...event.progress });
          lab.reporter.progress(`student ${stage}, step ${step}`, step / all);
        }
      },
    );
    lab.reporter.endProgress();
    if (result.command !== 'distill') throw new Error('the page answered another command');
    const { rows, adapter, files } = result;
    if (out !== null) for (const file of files) lab.reporter.event({ event: 'file', ...file });
    lab.reporter.note(
      `temperature ${options.temperature}, alpha ${options.alpha}; ${rows[0]?.heldOutTokens ?? 0} held-out tokens, on ` +
        `${adapterName(adapter)}${out === null ? '' : `; the distilled student is in ${out}`}`,
    );
    return { ok: true, summary: { rows, ...options, out, adapter: adapterName(adapter), software: adapter.software } };
  };
};
