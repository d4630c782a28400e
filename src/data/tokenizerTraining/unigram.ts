// Trains Unigram (Kudo 2018): many candidate pieces, each with a probability; EM, then the least missed go, until as many
// are left as the vocabulary has room for. A text is encoded by its most probable pieces.

import type { TokenizerTrainingOptions, TrainedTokenizer } from '../../core/tokenizerRecords';
import { alphabetOf } from './alphabet';
import type { Breather } from './breather';
import { SymbolWords } from './symbolWords';
import { entriesText, tokenizerJsonText } from './tokenizerJsonText';
import { requireRoom, type TrainingHooks } from './trainingOptions';
import { UnigramLattice } from './unigramLattice';
import { improve, prune, type UnigramModel } from './unigramModel';
import { type Piece, unigramSeeds } from './unigramSeeds';
import type { WordCounter } from './wordCounter';
import { unigramWords } from './wordPatterns';

const UNKNOWN = '<unk>';
/** Candidates for each token wanted: more take longer and change little. */
const CANDIDATES_PER_TOKEN = 16;
/** Of the pieces, this share stays at a cut. */
const STAY = 0.75;
const EM_STEPS = 2;
/**
 * Scores are multiples of this: sums of them are exact, so that two ways that score the same do so wherever in a text they
 * stand, and every encoder decides alike.
 */
const SCORE_STEP = 2 ** -20;

/** @throws LabError `tokenizer.invalid`, `run.cancelled` */
export async function trainUnigram(
  counter: WordCounter,
  options: TokenizerTrainingOptions,
  { onProgress }: TrainingHooks,
  breather: Breather,
): Promise<TrainedTokenizer> {
  const { vocabularySize, minFrequency, specialTokens } = options;
  const characters = alphabetOf(counter.words, minFrequency);
  requireRoom('unigram', options, characters.length);
  const { words, unknown } = symbolsOf(counter.words, characters);
  const target = vocabularySize - specialTokens.length;
  const textOf = ({ start, length }: Piece) =>
    Array.from({ length }, (_, i) => characters[words.symbol(start + i)]).join('');
  let model = firstModel(words, characters.length, minFrequency, target, (piece) =>
    specialTokens.includes(textOf(piece)),
  );
  const symbols = symbolCount(words);
  for (;;) {
    const last = model.pieces.length <= target;
    let logProbability = 0;
    for (let step = 0; step < EM_STEPS; step++) {
      const improved = await improve(words, model, characters.length, last, breather);
      ({ model, logProbability } = improved);
    }
    onProgress?.({
      phase: 'pruning',
      tokens: specialTokens.length + model.pieces.length,
      target: vocabularySize,
      bitsPerCharacter: symbols === 0 ? 0 : -logProbability / (Math.LN2 * symbols),
    });
    if (last) break;
    const size = Math.max(target, Math.floor(STAY * model.pieces.length));
    model = await prune(words, model, characters.length, size, breather);
  }
  const entries = model.pieces
    .map((piece, id) => ({ text: textOf(piece), score: Math.round(model.scores[id] / SCORE_STEP) * SCORE_STEP, piece }))
    .sort((a, b) => b.score - a.score || (a.text < b.text ? -1 : 1));
  const tokens = await textLength(
    words,
    entries.map(({ piece }) => piece),
    Float64Array.from(entries, ({ score }) => score),
    breather,
  );
  const vocabulary = [
    ...specialTokens.map((token) => [token, 0] as const),
    ...entries.map(({ text, score }) => [text, score] as const),
  ];
  const json = tokenizerJsonText({
    specialTokens,
    normalizer: null,
    preTokenizer: { type: 'Split', pattern: { Regex: unigramWords }, behavior: 'Isolated', invert: false },
    postProcessor: null,
    decoder: { type: 'Fuse' },
    model: { type: 'Unigram', unk_id: specialTokens.indexOf(UNKNOWN), byte_fallback: false },
    vocabulary: entriesText('vocab', vocabulary),
  });
  return {
    json,
    vocabularySize: vocabulary.length,
    merges: 0,
    bytes: counter.bytes,
    tokens: tokens + unknown,
    unknown,
  };
}

/** Words over the alphabet, cut where a character is unknown; a run of unknown ones is one unknown token. */
function symbolsOf(
  counts: ReadonlyMap<string, number>,
  characters: readonly string[],
): { readonly words: SymbolWords; readonly unknown: number } {
  const idOf = new Map(characters.map((character, id) => [character, id]));
  const words = new SymbolWords();
  let unknown = 0;
  for (const [word, count] of counts) {
    let run: number[] = [];
    let known = true;
    for (const character of word) {
      const id = idOf.get(character);
      if (id !== undefined) run.push(id);
      else {
        if (known) unknown += count;
        words.add(run, count);
        run = [];
      }
      known = id !== undefined;
    }
    words.add(run, count);
  }
  return { words, unknown };
}

function symbolCount(words: SymbolWords): number {
  let count = 0;
  for (let word = 0; word < words.size; word++) {
    count += words.count(word) * (words.start(word + 1) - words.start(word));
  }
  return count;
}

/** Each symbol, then the candidates, as probable as their share of the text. */
function firstModel(
  words: SymbolWords,
  alphabet: number,
  minFrequency: number,
  target: number,
  isBanned: (piece: Piece) => boolean,
): UnigramModel {
  const counts = new Float64Array(alphabet);
  const firsts = new Int32Array(alphabet);
  for (let word = words.size - 1; word >= 0; word--) {
    for (let place = words.start(word); place < words.start(word + 1); place++) {
      counts[words.symbol(place)] += words.count(word);
      firsts[words.symbol(place)] = place;
    }
  }
  const seeds = unigramSeeds(words, alphabet, minFrequency, CANDIDATES_PER_TOKEN * target).filter(
    (piece) => !isBanned(piece),
  );
  const pieces: Piece[] = [...Array.from(firsts, (start) => ({ start, length: 1 })), ...seeds];
  const weights = [...counts, ...seeds.map(({ count, length }) => count * length)];
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { pieces, scores: Float64Array.from(weights, (weight) => Math.log(weight / total)) };
}

async function textLength(
  words: SymbolWords,
  pieces: readonly Piece[],
  scores: Float64Array,
  breather: Breather,
): Promise<number> {
  const lattice = new UnigramLattice(words, pieces, scores);
  let tokens = 0;
  for (let word = 0; word < words.size; word++) {
    tokens += words.count(word) * lattice.best(words.start(word), words.start(word + 1)).length;
    if (breather.due()) await breather.breathe();
  }
  return tokens;
}
