// A WordPiece tokenizer of a scene's own texts, as BERT has one.

import { defaultSpecialTokens } from '../core/tokenizerRecords';
import { createTokenizer } from '../data/createTokenizer';
import type { Tokenizer } from '../data/tokenizer';
import { TokenizerTraining } from '../data/tokenizerTraining/trainTokenizer';

/** @throws LabError `data.invalid`, `tokenizer.invalid` */
export async function learnWordPieces(texts: readonly string[], vocabularySize: number): Promise<Tokenizer> {
  const training = new TokenizerTraining({
    kind: 'wordpiece',
    vocabularySize,
    minFrequency: 2,
    specialTokens: defaultSpecialTokens.wordpiece,
  });
  for (const text of texts) {
    training.push(text);
    training.endDocument();
  }
  return createTokenizer({ kind: 'json', json: (await training.train()).json });
}
