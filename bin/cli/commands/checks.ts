// `lab verify` and `lab conformance`: one line a check, and not ok when one fails or when there was none.

import type { CheckRow } from '../../../src/core/records';
import type { AutomationCommand } from '../../../src/ui/automationApi';
import { adapterName, type Command, type Lab, type Outcome } from '../command';
import { filesOf } from '../inputFiles';
import { meshOverrides } from '../meshOptions';

export const verify: Command = async ({ texts }) => {
  const only = texts.get('only');
  return (lab) => runChecks(lab, { command: 'verify', options: only === undefined ? {} : { only } });
};

export const conformance: Command = async (parsed) => {
  const { positional = '' } = parsed;
  const { train, parallel } = meshOverrides(parsed);
  const seed = parsed.numbers.get('seed');
  const microBatches = parsed.numbers.get('micro-batches');
  const options = {
    ...(Object.keys(parallel).length === 0 && Object.keys(train).length === 0 ? {} : { parallel }),
    ...(microBatches === undefined ? {} : { microBatches }),
    ...(seed === undefined ? {} : { seed }),
  };
  const files = await filesOf(positional, /\.(json|safetensors)$/, [
    'config.json',
    'model.safetensors',
    'io.safetensors',
    'expect.json',
  ]);
  return (lab) =>
    runChecks(lab, { command: 'conformance', inputs: files.map((file) => lab.server.addInput(file)), options });
};

async function runChecks(lab: Lab, command: AutomationCommand): Promise<Outcome> {
  const { reporter } = lab;
  const result = await lab.run(command, (event) => {
    if (event.type !== 'check') return;
    reporter.event({ event: 'check', ...event.row });
    reporter.result(checkLine(event.row));
  });
  if (result.command !== 'verify' && result.command !== 'conformance')
    throw new Error('the page answered another command');
  const failed = result.rows.filter((row) => !row.ok);
  const worst = result.rows.reduce(
    (most, row) => Math.max(most, row.tolerance > 0 ? row.maxError / row.tolerance : 0),
    0,
  );
  if (result.rows.length === 0) reporter.note('Nothing was checked: no check matches.');
  reporter.note(
    `${result.rows.length - failed.length} passed, ${failed.length} failed; the largest error is ` +
      `${(100 * worst).toPrecision(3)}% of its tolerance; on ${adapterName(result.adapter)}`,
  );
  return {
    ok: failed.length === 0 && result.rows.length > 0,
    summary: {
      checks: result.rows.length,
      failed: failed.map((row) => row.check),
      worstShareOfTolerance: worst,
      adapter: adapterName(result.adapter),
      software: result.adapter.software,
    },
  };
}

function checkLine({ check, maxError, tolerance, ok, details }: CheckRow): string {
  const numbers = `${maxError.toExponential(2)} of ${tolerance.toExponential(1)}`;
  return `${ok ? 'ok    ' : 'FAILED'}  ${check.padEnd(44)} ${numbers}${details === undefined ? '' : `  ${details}`}`;
}
