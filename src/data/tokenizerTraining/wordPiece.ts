// Trains WordPiece (Schuster and Nakajima 2012, "Japanese and Korean voice search"; Devlin et al. 2019 for ## and greedy
// longest match). Pairs are chosen by how often they occur, as the Hugging Face library's trainer does, and not by the gain
// in likelihood of the first paper, which favours rare pairs of rare characters. Encoding knows only the tokens, no merges.

import { BertNormalizer, BertPreTokenizer } from '@huggingface/tokenizers';
import type { TokenizerTrainingOptions, TrainedTokenizer } from '../../core/tokenizerRecords';
import { alphabetOf } from './alphabet';
import type { Breather } from './breather';
import { MergeReport } from './mergeReport';
import { learnMerges } from './pairMerges';
import { SymbolWords } from './symbolWords';
import { tokenizerJsonText, vocabularyText } from './tokenizerJsonText';
import { requireRoom, type TrainingHooks } from './trainingOptions';
import type { WordCounter } from './wordCounter';

const UNKNOWN = '[UNK]';
const PREFIX = '##';
/** A longer word is unknown as a whole. */
const MAX_CHARACTERS = 100;
/** Letters keep their case and their accents: what is trained here may write text as well as read it. */
const normalizer = {
  type: 'BertNormalizer',
  clean_text: true,
  handle_chinese_chars: true,
  strip_accents: false,
  lowercase: false,
} as const;

/** @throws LabError `tokenizer.invalid`, `run.cancelled` */
export async function trainWordPiece(
  counter: WordCounter,
  options: TokenizerTrainingOptions,
  hooks: TrainingHooks,
  breather: Breather,
): Promise<TrainedTokenizer> {
  const { vocabularySize, minFrequency, specialTokens } = options;
  const counts = await bertWords(counter.words, breather);
  const characters = alphabetOf(counts, minFrequency);
  const known = new Set(characters);
  const usable = [...counts].map(([word, count]) => ({ characters: [...word], count })).filter(isUsable);
  function isUsable(word: { readonly characters: readonly string[] }): boolean {
    return word.characters.length <= MAX_CHARACTERS && word.characters.every((character) => known.has(character));
  }
  const continuing = new Set(usable.flatMap((word) => word.characters.slice(1)));
  const alphabet = [
    ...characters,
    ...characters.filter((character) => continuing.has(character)).map((character) => PREFIX + character),
  ];
  requireRoom('wordpiece', options, alphabet.length);
  const idOf = new Map(alphabet.map((token, id) => [token, id]));
  const words = new SymbolWords();
  for (const word of usable) {
    words.add(
      word.characters.map((character, i) => idOf.get(i === 0 ? character : PREFIX + character) ?? 0),
      word.count,
    );
  }
  const report = new MergeReport(hooks.onProgress, specialTokens.length, vocabularySize);
  const { tokens, merges } = await learnMerges(
    {
      words,
      alphabet,
      tokens: vocabularySize - specialTokens.length,
      minFrequency,
      join: (left, right) => left + right.slice(PREFIX.length),
      banned: new Set(specialTokens),
      onMerge: report.add,
    },
    breather,
  );
  report.flush();
  const vocabulary = [...specialTokens, ...tokens];
  const inVocabulary = new Set(tokens);
  let length = 0;
  let unknown = 0;
  for (const [word, count] of counts) {
    const pieces = greedyPieces(word, inVocabulary);
    length += count * (pieces ?? 1);
    if (pieces === null) unknown += count;
  }
  const json = tokenizerJsonText({
    specialTokens,
    normalizer,
    preTokenizer: { type: 'BertPreTokenizer' },
    postProcessor: sentenceTemplate(specialTokens),
    decoder: { type: 'WordPiece', prefix: PREFIX, cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: UNKNOWN,
      continuing_subword_prefix: PREFIX,
      max_input_chars_per_word: MAX_CHARACTERS,
    },
    vocabulary: vocabularyText(vocabulary),
  });
  return {
    json,
    vocabularySize: vocabulary.length,
    merges: merges.length,
    bytes: counter.bytes,
    tokens: length,
    unknown,
  };
}

/**
 * Words as the tokenizer.json's normalizer and pre-tokenizer make them, by the package that will run it. Each stretch
 * between spaces is looked at once, however often it occurs.
 */
async function bertWords(
  stretches: ReadonlyMap<string, number>,
  breather: Breather,
): Promise<ReadonlyMap<string, number>> {
  const normalize = new BertNormalizer(normalizer);
  const split = new BertPreTokenizer();
  const counts = new Map<string, number>();
  for (const [stretch, count] of stretches) {
    for (const word of split.pre_tokenize_text(normalize.normalize(stretch))) {
      counts.set(word, (counts.get(word) ?? 0) + count);
    }
    if (breather.due()) await breather.breathe();
  }
  return counts;
}

/** How many tokens greedy longest match makes of a word; null where it finds none. */
function greedyPieces(word: string, tokens: ReadonlySet<string>): number | null {
  const characters = [...word];
  if (characters.length > MAX_CHARACTERS) return null;
  let pieces = 0;
  for (let start = 0; start < characters.length; pieces++) {
    let end = characters.length;
    const prefix = start === 0 ? '' : PREFIX;
    while (end > start && !tokens.has(prefix + characters.slice(start, end).join(''))) end--;
    if (end === start) return null;
    start = end;
  }
  return pieces;
}

/** [CLS] text [SEP], where both are among the special tokens. */
function sentenceTemplate(specialTokens: readonly string[]): object | null {
  const names = ['[CLS]', '[SEP]'];
  if (!names.every((name) => specialTokens.includes(name))) return null;
  const special = (id: string, type_id: number) => ({ SpecialToken: { id, type_id } });
  const sequence = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
  const single = [special('[CLS]', 0), sequence('A', 0), special('[SEP]', 0)];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, sequence('B', 1), special('[SEP]', 1)],
    special_tokens: Object.fromEntries(names.map((id) => [id, { id, ids: [specialTokens.indexOf(id)], tokens: [id] }])),
  };
}
