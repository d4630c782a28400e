// Texts that are shown filtered only, as mails are: no sample and no reading shows what the filters have not passed, and no run goes without them.

import { expect, test } from 'vitest';
import { checkPipelineConfig } from '../../core/pipelineCheck';
import { MemoryStore } from '../../testing/memoryStore';
import { simulatedWorkers } from '../../testing/simulatedPieceWorkers';
import { createTokenizer } from '../createTokenizer';
import { PipelineRun } from './pipelineRun';
import { type ByteSource, blobSource } from './source/byteSource';

const tokenizer = createTokenizer({ kind: 'byte' });
const mail = (i: number) =>
  [
    `From sender${i}@mail.example  Thu Aug 22 12:36:23 2002`,
    `Received: from secret-host-${i}.example`,
    `\tby another-secret-host.example; Thu, 22 Aug 2002`,
    `Received: from secret-host-b-${i}.example`,
    `\tby third-secret-host.example; Thu, 22 Aug 2002`,
    `From: "Secret Sender" <sender${i}@mail.example>`,
    `Subject: Offer   number ${i}`,
    'Content-Type: text/html',
    '',
    `<p>The <b>ship</b> number ${i} sails at noon; write to captain${i}@ship.example about the ${i * 7} barrels of oil.</p>`,
  ].join('\n');
const rows = [...Array.from({ length: 30 }, (_, i) => mail(i)), 'Subject: a\n\nSECRET'];
const content = rows.map((text) => JSON.stringify({ text, label: 'spam' })).join('\n');
const mails: ByteSource = { ...blobSource('mails.eml.jsonl', new Blob([content])), filteredOnly: true };

function runOver(source: ByteSource, input: unknown): PipelineRun {
  const { config } = checkPipelineConfig(input);
  const { launch } = simulatedWorkers([source], config, tokenizer, {
    seed: 1,
    delayMs: 0,
    deathRate: 0,
    mostDeaths: 0,
  });
  return new PipelineRun({ sources: [source], config, tokenizer, workers: 1, launch, store: new MemoryStore() });
}

const order = ['normalize', 'markup', 'quality', 'personal-data'];

test.each([[{}], [{ stages: order }]])(
  'rows of mails lose their headers, and nothing of them is shown before the filters: %j',
  async (config) => {
    const run = runOver(mails, config);
    const summary = await run.run();
    const samples = summary.stages.flatMap(({ stage, samples: found }) =>
      found.map((sample) => ({ stage, ...sample })),
    );
    expect(JSON.stringify(summary)).not.toMatch(/secret|sender\d|captain\d/i);
    expect(samples.length).toBeGreaterThan(9);
    for (const { stage, before, after, reason, withheld } of samples) {
      expect(withheld).toBe(true);
      expect(before).toBe('');
      if (reason !== undefined) expect(after).toBeNull();
      else if (stage === 'personal-data')
        expect(after).toMatch(/^Offer\s+number \d+\n+The ship number .* write to <EMAIL> about/);
      else expect(after).toBe('');
    }
    const { raw, cleaned } = await run.readDocument({ file: 0, record: 3 });
    expect(raw).toBeNull();
    expect(cleaned).toMatch(/^Offer\s+number 2\n+The ship number 2 sails/);
    expect(await run.readDocument({ file: 0, record: 31 })).toMatchObject({ raw: null, cleaned: null });
  },
);

test('the same rows of another source are shown as they were read', async () => {
  const { filteredOnly: _, ...open } = mails;
  const run = runOver(open, {});
  const { stages } = await run.run();
  expect(stages.find(({ stage }) => stage === 'markup')?.samples[0].before).toContain('Secret Sender');
  expect((await run.readDocument({ file: 0, record: 1 })).raw).toContain('secret-host-0');
});

test.each([
  [{ stages: ['normalize', 'markup', 'quality'] }, 'personal-data'],
  [{ markup: { kind: 'html' } }, 'markup.kind is html'],
  [{ source: { format: 'text' } }, 'source.format is text'],
  [{ source: { columns: ['text'] } }, 'source.columns'],
])('without its filters it is refused: %j', async (config, why) => {
  await expect(runOver(mails, config).run()).rejects.toMatchObject({
    code: 'config.invalid',
    why: expect.stringContaining(why),
  });
});
