// `lab bench`: measures this lab on this adapter. Peers are measured elsewhere, by bench/.

import type { BenchRow } from '../../../src/core/records';
import { adapterName, type Command } from '../command';
import { meshOverrides } from '../meshOptions';
import { UsageError } from '../usage/commandSpec';
import { benchChoices, sizeChoices } from '../usage/measuringCommands';

export const bench: Command = async (parsed) => {
  const { positional, texts, numbers } = parsed;
  const { parallel } = meshOverrides(parsed);
  const microBatches = numbers.get('micro-batches');
  const names = benchChoices.filter((name) => positional === undefined || positional === name);
  const size = sizeChoices.find((choice) => choice === texts.get('size'));
  if (size === 'gpt2' && positional !== 'decode')
    throw new UsageError('--size gpt2 is for bench decode alone: other benches take small or large');
  const steps = numbers.get('steps');
  return async (lab) => {
    const rows: BenchRow[] = [];
    for (const name of names) {
      lab.reporter.note(`measuring ${name} ...`);
      const options = {
        ...(size === 'gpt2' ? { gpt2: true } : size === undefined ? {} : { size }),
        ...(steps === undefined ? {} : { steps }),
        ...(Object.keys(parallel).length === 0 ? {} : { parallel }),
        ...(microBatches === undefined ? {} : { microBatches }),
      };
      const result = await lab.run({ command: 'bench', name, options }, (event) => {
        if (event.type !== 'bench') return;
        lab.reporter.event({ event: 'bench', ...event.row });
        lab.reporter.result(benchLine(event.row));
      });
      if (result.command !== 'bench') throw new Error('the page answered another command');
      rows.push(...result.rows);
    }
    lab.reporter.note(`measured on ${adapterName(lab.adapter)}`);
    return {
      ok: rows.length > 0,
      summary: {
        ...(size === undefined ? {} : { size }),
        rows,
        adapter: adapterName(lab.adapter),
        software: lab.adapter.software,
      },
    };
  };
};

function benchLine({ bench: name, variant, medianMs, lowMs, highMs, samples, rate, unit }: BenchRow): string {
  const spread = `${medianMs.toFixed(3)} ms (${lowMs.toFixed(3)} to ${highMs.toFixed(3)}, ${samples} samples)`;
  return `${name.padEnd(16)} ${variant.padEnd(36)} ${spread.padEnd(44)} ${rate.toPrecision(4)} ${unit}`;
}
