// Encoders from the command line: a run over two replicas begins with a folder's weights, other heads on them learn from labelled texts and from
// questions, and the folders classify, compare and label.

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readerFolder } from './modelFolders';
import { expect, test } from './runLab';

let folder = '';
test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shardlab-encoders-'));
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);

/** @returns its path */
async function written(name: string, content: unknown): Promise<string> {
  await writeFile(at(name), typeof content === 'string' ? content : JSON.stringify(content));
  return at(name);
}

const lines = (list: readonly object[]): string => list.map((record) => JSON.stringify(record)).join('\n');
const subjects = ['the dog', 'the captain', 'the dogs'];
const records = Array.from({ length: 40 }, (_, i) => ({ subject: subjects[i % 3], verb: ['barked', 'sailed'][i % 2] }));
const train = {
  batchSize: 8,
  sequenceLength: 16,
  learningRate: 0.01,
  minLearningRate: 0.001,
  warmupSteps: 1,
  evalEvery: 0,
  evalBatches: 1,
  sampleEvery: 0,
};
const headed = (architecture: string, steps: number) => ({
  model: { architecture },
  data: { corpus: 'records', validationFraction: 0.2 },
  train: { ...train, steps },
});

async function writtenFolder(architecture: Parameters<typeof readerFolder>[0]): Promise<string> {
  await mkdir(at(architecture));
  for (const { name, bytes } of readerFolder(architecture)) await writeFile(join(at(architecture), name), bytes);
  return at(architecture);
}

test('runs begin with a folder, other heads learn from records, and folders are asked', async ({ runLab }) => {
  const filler = await writtenFolder('BertForMaskedLM');
  const text = await written(
    'text.txt',
    `${records.map((r) => `${r.subject} ${r.verb} at night.`).join(' ')}\n`.repeat(9),
  );
  // With a learning rate of 0 nothing is learnt: what comes out is what the run began with, over any mesh.
  const still = { data: { corpus: 'text' }, train: { ...train, steps: 1, learningRate: 0, minLearningRate: 0 } };
  const began = await runLab(
    ...[
      'train',
      await written('still.json', still),
      '--from',
      filler,
      '--text',
      text,
      '--mesh',
      'dp=2',
      '--out',
      at('still'),
    ],
  );
  expect(began.last).toMatchObject({ ok: true, evaluation: { judgement: { majority: expect.any(Number) } } });
  const weights = (folder: string) => readFile(join(folder, 'model.safetensors'));
  expect(Buffer.compare(await weights(at('still')), await weights(filler))).toBe(0);

  const classes = await written(
    'classes.jsonl',
    lines(records.map(({ subject, verb }) => ({ text: `${subject} ${verb} at night.`, label: verb }))),
  );
  const config = await written('classify.json', headed('BertForSequenceClassification', 60));
  const taught = ['train', config, '--from', filler, '--text', classes, '--mesh', 'dp=2', '--out', at('classifier')];
  expect((await runLab(...taught)).last).toMatchObject({ ok: true, evaluation: { judgement: { judged: 8 } } });
  const classified = await runLab('classify', at('classifier'), 'the dog barked.', 'the captain sailed.');
  expect(classified.last).toMatchObject({
    ok: true,
    texts: [{ classes: [{ label: 'barked' }, {}] }, { classes: [{ label: 'sailed' }, {}] }],
  });
  const { last } = await runLab('similar', filler, 'the dog sailed.', 'the dog sailed.', 'the captain barked.');
  const [same, other] = [expect.closeTo(1, 5), expect.any(Number)];
  expect(last?.['similarities']).toEqual([
    [same, same, other],
    [same, same, other],
    [other, other, same],
  ]);
  const tagged = await runLab('tag', await writtenFolder('BertForTokenClassification'), 'the dogs sailed');
  const label = expect.stringMatching(/^(calm|storm)$/);
  expect(tagged.last).toMatchObject({
    words: [
      { word: 'the', start: 0, label },
      { word: 'dogs', end: 8, label },
      { word: 'sailed', label },
    ],
  });

  const questions = records.map(({ subject, verb }) => {
    const context = `${subject} ${verb} at night.`;
    return { question: 'the dog', context, answer: verb, answerStart: context.indexOf(verb) };
  });
  const asking = await written('answer.json', headed('BertForQuestionAnswering', 2));
  const reader = await runLab(
    'train',
    asking,
    '--from',
    filler,
    '--text',
    await written('asked.jsonl', lines(questions)),
  );
  expect(reader.last).toMatchObject({
    ok: true,
    evaluation: { judgement: { exactMatch: expect.any(Number), judged: 8 } },
  });
});
