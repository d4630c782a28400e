// `lab inspect`: what the model in a Hugging Face folder makes of a text, layer by layer. With --json all of it, a row a line; people read the
// text's tokens with what each layer would say next.

import type { InspectionRow, LensRow } from '../../../src/core/inspectionRows';
import { adapterName, type Command } from '../command';
import { filesOf, modelFileNames } from '../inputFiles';

export const inspect: Command = async ({ positional = '', rest, numbers }) => {
  const files = await filesOf(positional, modelFileNames, ['config.json']);
  const top = numbers.get('top');
  const request = { text: rest.join(' '), ...(top === undefined ? {} : { top }) };
  return async (lab) => {
    const inputs = files.map((file) => lab.server.addInput(file));
    const rows: InspectionRow[] = [];
    const answer = await lab.run({ command: 'inspect', inputs, request }, (event) => {
      if (event.type !== 'inspection') return;
      const { row: name, ...row } = event.row;
      lab.reporter.event({ event: name, ...row });
      rows.push(event.row);
    });
    if (answer.command !== 'inspect') throw new Error('the page answered another command');
    const { inspection } = answer;
    for (const line of table(rows)) lab.reporter.result(line);
    if (inspection.asked === null) lab.reporter.note("no logit lens: the model's head says nothing of tokens");
    if (inspection.leftOut > 0)
      lab.reporter.note(
        `the last ${inspection.leftOut} tokens were left out: no more than ${inspection.tokens} are looked into`,
      );
    if (inspection.dropped > 0) lab.reporter.note(`${inspection.dropped} characters have no token and were left out`);
    return {
      ok: true,
      summary: {
        ...request,
        ...inspection,
        adapter: adapterName(answer.adapter),
        software: answer.adapter.software,
      },
    };
  };
};

/** A line a token: its text, then each layer's best guess with its probability. */
function table(rows: readonly InspectionRow[]): string[] {
  const guesses = rows.filter((row): row is LensRow => row.row === 'lens');
  return rows.flatMap((row) => {
    if (row.row !== 'token') return [];
    const cells = guesses
      .filter(({ position }) => position === row.position)
      .map(({ top: [best] }) => `${JSON.stringify(best.text)} ${(100 * best.probability).toFixed(0)}%`);
    return [[String(row.position), JSON.stringify(row.text), ...cells].join('\t')];
  });
}
