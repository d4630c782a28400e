// Checks of what speculative decoding adds: the distribution that a draft was drawn from, the verdict on its tokens, and the texts moved on.

import { draftResultWords, planAcceptDraft } from '../../gpu/plans/acceptDraft';
import type { PlanFamily } from '../../gpu/plans/plannedDispatch';
import { NO_TOKEN, planSampleToken, type Sampling, samplingBlock, seenWords } from '../../gpu/plans/sampleToken';
import { acceptedTokens, judgeProposal, type Verdict, verdictUnits } from '../../reference/acceptDraft';
import { tokenChoice } from '../../reference/sampleToken';
import type { KernelCase, KernelFamily } from '../kernelCase';
import { normals, planFamilies, stepBytes, unwritten, wide } from './caseData';

const STEP = 9;
const TEXTS = 2;
const DRAFTED = 3;
const T = DRAFTED + 1;

interface Judged {
  readonly name: string;
  readonly sampling: Omit<Sampling, 'seed'>;
  readonly broken?: boolean;
}

const plain = { topK: 0, topP: 1, minP: 0, repetitionPenalty: 1 };
const JUDGED: readonly Judged[] = [
  { name: 'greedy', sampling: { ...plain, temperature: 0 } },
  { name: 'greedy, repetition penalty', sampling: { ...plain, temperature: 0, repetitionPenalty: 4 } },
  { name: 'temperature', sampling: { ...plain, temperature: 1 } },
  {
    name: 'all cuts',
    sampling: { temperature: 1.5, topK: 20, topP: 0.9, minP: 0.02, repetitionPenalty: 1.3 },
  },
  { name: 'NaN', sampling: { ...plain, temperature: 1 }, broken: true },
];

function bits(tokens: readonly number[], vocabulary: number): Uint32Array {
  const words = new Uint32Array(seenWords(vocabulary));
  for (const token of tokens) words[token >> 5] |= 1 << (token & 31);
  return words;
}

function joined(parts: readonly Uint32Array[]): Uint32Array {
  return Uint32Array.from(parts.flatMap((part) => [...part]));
}

/** Texts of two tokens each, proposals of which the model likes some best, one that is no token, and what they were drawn from. */
function* judgedCases(
  { name, sampling, broken }: Judged,
  vocabulary: number,
  family: PlanFamily,
): Iterable<KernelCase> {
  const rows = TEXTS * T;
  const logits = normals('logits', rows * vocabulary, 3);
  // The second text's second row alone.
  if (broken) logits[(T + 1) * vocabulary] = Number.NaN;
  const said = Array.from({ length: TEXTS }, (_, text) => [text % vocabulary, (5 + text) % vocabulary]);
  const q = normals('q', TEXTS * DRAFTED * vocabulary, 2);
  for (let row = 0; row < TEXTS * DRAFTED; row++) {
    const own = q.subarray(row * vocabulary, (row + 1) * vocabulary);
    const sum = own.reduce((total, value) => total + Math.exp(value), 0);
    own.forEach((value, token) => {
      own[token] = Math.exp(value) / sum;
    });
  }
  const full = { ...sampling, seed: 77 };
  const choiceOf = (row: number, before: readonly number[]) =>
    tokenChoice({
      ...full,
      logits: wide(logits.subarray(row * vocabulary, (row + 1) * vocabulary)),
      seen: (token) => before.includes(token),
    });
  const draft = new Uint32Array(rows);
  const verdicts: Verdict[] = [];
  const words = new Uint32Array(2 * rows);
  for (let text = 0; text < TEXTS; text++) {
    draft[text * T] = said[text][1];
    for (let i = 0; i < T; i++) {
      const row = text * T + i;
      const before = [...said[text], ...draft.subarray(text * T + 1, row + 1)];
      const isBroken = broken === true && row === T + 1;
      const choice = choiceOf(row, before);
      // All but one of the first text's proposals, and one of the second's, are what the model likes best.
      const liked = (text === 0 ? i !== 1 : i === 0) || vocabulary < 3;
      const proposed = text === 1 && i === 2 ? NO_TOKEN : (choice.best + (liked ? 0 : 1)) % vocabulary;
      if (i < DRAFTED) draft[row + 1] = proposed;
      const place = text * DRAFTED + i;
      const probabilities = proposed === NO_TOKEN ? [] : [...q.subarray(place * vocabulary, (place + 1) * vocabulary)];
      const verdict = judgeProposal(
        choice,
        i < DRAFTED ? { token: proposed, probabilities } : null,
        !(full.temperature > 0),
        verdictUnits(full.seed, STEP, row),
      );
      verdicts.push(isBroken ? { accepted: false, instead: NO_TOKEN } : verdict);
      words.set(isBroken ? [0, NO_TOKEN] : [Number(verdict.accepted), verdict.instead], 2 * row);
    }
  }
  const [judge, advance] = planAcceptDraft({ texts: TEXTS, drafted: DRAFTED, vocabulary }, family);
  const seen = joined(said.map((tokens) => bits(tokens, vocabulary)));
  yield {
    name: `draft_verdict ${family} ${name} V${vocabulary}`,
    run: {
      ...judge,
      step: stepBytes({ seed: full.seed, step: STEP }),
      buffers: {
        logits,
        sampling: samplingBlock(full),
        seen,
        draft,
        q,
        verdicts: new Uint32Array(2 * rows).fill(12_345),
      },
    },
    expected: { verdicts: { values: words, terms: 1 } },
  };
  const got = said.map((_, text) =>
    acceptedTokens([...draft.subarray(text * T + 1, (text + 1) * T)], verdicts.slice(text * T, (text + 1) * T)),
  );
  const results = joined(
    got.map((tokens) =>
      Uint32Array.from({ length: draftResultWords(DRAFTED) }, (_, i) =>
        i === 0 ? tokens.length : (tokens[i - 1] ?? NO_TOKEN),
      ),
    ),
  );
  yield {
    name: `draft_advance ${family} ${name} V${vocabulary}`,
    run: {
      ...advance,
      buffers: {
        draft,
        verdicts: words,
        seen: seen.slice(),
        tokens: new Uint32Array(TEXTS),
        first_positions: Uint32Array.of(3, 11),
        results: new Uint32Array(results.length).fill(12_345),
      },
    },
    expected: {
      seen: {
        values: joined(
          got.map((tokens, text) => bits([...said[text], ...tokens.filter((token) => token !== NO_TOKEN)], vocabulary)),
        ),
        terms: 1,
      },
      tokens: { values: Uint32Array.from(got, (tokens) => tokens[tokens.length - 1]), terms: 1 },
      first_positions: { values: Uint32Array.of(3 + got[0].length, 11 + got[1].length), terms: 1 },
      results: { values: results, terms: 1 },
    },
  };
}

function keptCase(sampling: Omit<Sampling, 'seed'>, vocabulary: number, family: PlanFamily): KernelCase {
  const rows = 3;
  const logits = normals('logits', rows * vocabulary, 3);
  const words = seenWords(vocabulary);
  const probabilities = Array.from({ length: rows }, (_, row) => {
    const own = wide(logits.subarray(row * vocabulary, (row + 1) * vocabulary));
    return tokenChoice({ ...sampling, logits: own, seen: (token) => token === 4 }).probabilities;
  });
  const [dispatch] = planSampleToken({ rows, vocabulary, keep: true }, family);
  return {
    name: `sample_token ${family} kept distribution, temperature ${sampling.temperature} V${vocabulary}`,
    run: {
      ...dispatch,
      step: stepBytes({ seed: 77, step: STEP }),
      buffers: {
        logits,
        sampling: samplingBlock({ ...sampling, seed: 77 }),
        seen: Uint32Array.from({ length: rows * words }, (_, word) => (word % words === 0 ? 1 << 4 : 0)),
        tokens: new Uint32Array(rows),
        probabilities: unwritten(rows * vocabulary),
      },
    },
    // exp is a few units in the last place off.
    expected: { probabilities: { values: Float64Array.from(probabilities.flat()), terms: vocabulary, factor: 4 } },
  };
}

export const draftFamily: KernelFamily = {
  family: 'drafts',
  *cases() {
    for (const family of planFamilies) {
      for (const vocabulary of [7, 257]) {
        for (const judged of JUDGED) yield* judgedCases(judged, vocabulary, family);
        for (const { sampling } of JUDGED.slice(2, 4)) yield keptCase(sampling, vocabulary, family);
      }
    }
  },
};
