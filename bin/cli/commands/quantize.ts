// `lab quantize`: rounds or prunes the weights of a model folder; how large, how fast and how good it was and is, side by side.

import { mkdir } from 'node:fs/promises';
import { pruningNames } from '../../../src/core/quantization/prune';
import { adapterName, type Command } from '../command';
import { compressionLine } from '../compressionLine';
import { existingFile, filesOf, modelFileNames, outputFolder } from '../inputFiles';
import { quantizationChoice } from '../schemeOptions';
import { UsageError } from '../usage/commandSpec';

const TOKENS = 16_384;
/** Half of the weights. */
const SPARSITY = 0.5;

export const quantize: Command = async (parsed) => {
  const { positional = '', texts, numbers, flags } = parsed;
  const choice = quantizationChoice(parsed, 'scheme');
  const name = pruningNames.find((known) => known === texts.get('prune'));
  const sparsity = numbers.get('sparsity');
  if (sparsity !== undefined && name !== 'magnitude') throw new UsageError('--sparsity goes with --prune magnitude');
  if (choice === null && name === undefined)
    throw new UsageError('say what to do: --scheme int8|int4, --prune, or both');
  const files = await filesOf(positional, modelFileNames, ['config.json']);
  const data = texts.get('data');
  const text = data === undefined ? undefined : await existingFile(data);
  const run = data === undefined ? await filesOf(positional, /^run\.json$/, []) : [];
  if (text === undefined && run.length === 0)
    throw new UsageError(`${positional} has no run.json of a run: name held-out text with --data FILE`);
  const out = texts.has('out') ? await outputFolder(texts.get('out') ?? '', flags.has('force')) : null;
  const options = {
    scheme: choice?.scheme ?? null,
    dot: choice?.dot ?? false,
    pruning: name === undefined ? null : { name, sparsity: sparsity ?? SPARSITY },
    tokens: numbers.get('tokens') ?? TOKENS,
  };
  return async (lab) => {
    if (out !== null) await mkdir(out, { recursive: true });
    const answer = await lab.run(
      {
        command: 'quantize',
        inputs: [...files, ...run].map((file) => lab.server.addInput(file)),
        ...(text === undefined ? {} : { text: lab.server.addInput(text) }),
        options,
        outputUrl: out === null ? null : lab.server.openOutput(out),
      },
      (event) => {
        if (event.type !== 'compression') return;
        lab.reporter.event({ event: 'compression', ...event.row });
        lab.reporter.result(compressionLine(event.row));
      },
    );
    if (answer.command !== 'quantize') throw new Error('the page answered another command');
    if (out !== null) for (const file of answer.files) lab.reporter.event({ event: 'file', ...file });
    lab.reporter.note(
      `${answer.rows[0]?.heldOutTokens ?? 0} held-out tokens, on ${adapterName(answer.adapter)}${out === null ? '' : `; written to ${out}`}`,
    );
    return {
      ok: true,
      summary: {
        rows: answer.rows,
        out,
        adapter: adapterName(answer.adapter),
        software: answer.adapter.software,
      },
    };
  };
};
