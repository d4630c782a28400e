// Trains byte-level BPE: the 256 bytes are the alphabet, so that any text can be said and comes back byte for byte.
// Sennrich et al. 2016 over the bytes of words, as GPT-2 does it (Radford et al. 2019).

import type { TokenizerTrainingOptions, TrainedTokenizer } from '../../core/tokenizerRecords';
import { byteCharacters } from '../byteCharacters';
import type { Breather } from './breather';
import { MergeReport } from './mergeReport';
import { learnMerges } from './pairMerges';
import { SymbolWords } from './symbolWords';
import { entriesText, tokenizerJsonText, vocabularyText } from './tokenizerJsonText';
import { requireRoom, type TrainingHooks } from './trainingOptions';
import type { WordCounter } from './wordCounter';

/** @throws LabError `tokenizer.invalid`, `run.cancelled` */
export async function trainByteLevelBpe(
  counter: WordCounter,
  options: TokenizerTrainingOptions,
  hooks: TrainingHooks,
  breather: Breather,
): Promise<TrainedTokenizer> {
  const { vocabularySize, minFrequency, specialTokens } = options;
  const bytes = byteCharacters();
  // Ids in the order of these characters, not of the bytes: as published vocabularies have them.
  const alphabet = [...bytes].sort();
  requireRoom('byte-level-bpe', options, alphabet.length);
  const symbolOf = bytes.map((character) => alphabet.indexOf(character));
  const words = new SymbolWords();
  const encoder = new TextEncoder();
  for (const [word, count] of counter.words) {
    words.add(
      Array.from(encoder.encode(word), (byte) => symbolOf[byte]),
      count,
    );
  }
  const report = new MergeReport(hooks.onProgress, specialTokens.length, vocabularySize);
  const { tokens, merges, length } = await learnMerges(
    {
      words,
      alphabet,
      tokens: vocabularySize - specialTokens.length,
      minFrequency,
      join: (left, right) => left + right,
      banned: new Set(specialTokens),
      onMerge: report.add,
    },
    breather,
  );
  report.flush();
  const vocabulary = [...specialTokens, ...tokens];
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  const json = tokenizerJsonText({
    specialTokens,
    normalizer: null,
    preTokenizer: byteLevel,
    postProcessor: null,
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
    },
    vocabulary: `${vocabularyText(vocabulary)},\n${entriesText('merges', merges)}`,
  });
  return {
    json,
    vocabularySize: vocabulary.length,
    merges: merges.length,
    bytes: counter.bytes,
    tokens: length,
    unknown: 0,
  };
}
