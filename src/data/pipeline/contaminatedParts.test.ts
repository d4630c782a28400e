// Decontamination over parts: the same verdicts and counts however many shares the held-out runs are taken in, and those of a plain search.

import { expect, test } from 'vitest';
import { defaultPipelineConfig, type PipelineConfig } from '../../core/pipelineConfig';
import { threefry2x32 } from '../../core/rng';
import { decontaminated, noContamination, type PartToPack } from './contaminatedParts';
import { DROPPED, HELD_OUT, TRAIN } from './corpusJudge';
import { HeldParts } from './heldParts';

const WORDS = 3;

/** Documents of 0 to 24 words out of 12: some share runs of 3 with a held-out one. */
async function parts(held: HeldParts): Promise<PartToPack[]> {
  let counter = 0;
  const below = (n: number) => threefry2x32(3, 0, counter++, 0)[0] % n;
  const made: PartToPack[] = [];
  for (let part = 0; part < 5; part++) {
    const wordCounts = Uint32Array.from({ length: 30 }, () => below(25));
    const total = wordCounts.reduce((sum, count) => sum + count, 0);
    const words = Uint32Array.from({ length: total }, () => 1 + below(12) * 7_919);
    const verdicts = Uint8Array.from(wordCounts, () => [TRAIN, TRAIN, TRAIN, HELD_OUT, DROPPED][below(5)]);
    const records = Uint32Array.from(wordCounts, (_, i) => i + 1);
    const judged = { file: part, records, verdicts, wordCounts, tokenCounts: new Uint32Array(30) };
    made.push({ judged, held: await held.add({ words, tokens: new Uint8Array() }) });
  }
  return made;
}

/** By strings and sets. */
async function expected(options: PipelineConfig['decontaminate']): Promise<number[][]> {
  const held = new HeldParts(() => Promise.reject(new Error('no file')), 1e9);
  const all = await parts(held);
  const runsOf = (words: Uint32Array) =>
    Array.from({ length: Math.max(0, words.length - WORDS + 1) }, (_, i) => words.slice(i, i + WORDS).join());
  const documents: { verdict: number; runs: readonly string[]; part: number }[] = [];
  for (const [part, { judged, held: place }] of all.entries()) {
    const words = await held.words(place);
    let at = 0;
    for (const [i, count] of judged.wordCounts.entries()) {
      documents.push({ verdict: judged.verdicts[i], runs: runsOf(words.slice(at, at + count)), part });
      at += count;
    }
  }
  const heldOut = new Set(documents.flatMap(({ verdict, runs }) => (verdict === HELD_OUT ? runs : [])));
  return all.map((_, part) =>
    documents
      .filter((document) => document.part === part)
      .map(({ verdict, runs }) => {
        const found = runs.filter((run) => heldOut.has(run)).length;
        return verdict === TRAIN && found > options.maxShare * runs.length ? DROPPED : verdict;
      }),
  );
}

test.each([0, 0.1])('at most a share of %f: one pass and many leave out what a plain search does', async (maxShare) => {
  const options = { ...defaultPipelineConfig.decontaminate, words: WORDS, maxShare };
  const wanted = await expected(options);
  expect(wanted.flat().filter((verdict) => verdict === DROPPED).length).toBeGreaterThan(35);
  for (const mostRuns of [1e6, 100, 9]) {
    const held = new HeldParts(() => Promise.reject(new Error('no file')), 1e9);
    const made = await parts(held);
    const found = noContamination();
    const request = { parts: made, held, options, breathe: async () => {}, mostRuns };
    const given: PartToPack[] = [];
    for await (const part of decontaminated(request, found)) {
      expect([...part.judged.verdicts]).toEqual(wanted[given.length]);
      given.push(part);
    }
    expect(given).toEqual(made);
    const { tally, shown } = found;
    expect(made.map(({ judged }) => [...judged.verdicts])).toEqual(wanted);
    expect(shown.length).toBe(Math.min(50, tally.documentsIn - tally.documentsOut));
  }
});
