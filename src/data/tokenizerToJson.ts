// Any tokenizer as a Hugging Face tokenizer.json, so that an exported folder encodes elsewhere as it does here.
// Pure; the same text for the same tokenizer.

import type { TokenizerSpec } from '../core/records';
import { byteCharacters } from './byteCharacters';

/**
 * tokenizer.json's text.
 * Characters become a BPE model without merges whose words are whole texts: each code point is a token, unknown ones are
 * dropped. Bytes become a byte-level BPE without merges, where id b is byte b. A tokenizer.json stays as it was given.
 */
export function tokenizerToJson(spec: TokenizerSpec): string {
  switch (spec.kind) {
    case 'json':
      return spec.json;
    case 'char':
      return bpeJson(
        spec.characters,
        // One code point a word, line ends too, in the pattern languages of both libraries.
        { type: 'Split', pattern: { Regex: '[\\s\\S]' }, behavior: 'Isolated', invert: false },
        { type: 'Fuse' },
      );
    case 'byte': {
      const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false };
      return bpeJson(byteCharacters(), byteLevel, byteLevel);
    }
  }
}

function bpeJson(tokens: readonly string[], preTokenizer: object, decoder: object): string {
  // Written entry by entry: an object would move the names 0 to 9 to its front and lose __proto__.
  const vocabulary = tokens.map((token, id) => `      ${JSON.stringify(token)}: ${id}`).join(',\n');
  const model = {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
  };
  const fields = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: preTokenizer,
    post_processor: null,
    decoder,
  };
  const head = JSON.stringify(fields, null, 2).slice(0, -2);
  const modelHead = JSON.stringify(model, null, 2).slice(2, -2).replaceAll('\n', '\n  ');
  return `${head},\n  "model": {\n  ${modelHead},\n    "vocab": {\n${vocabulary}\n    },\n    "merges": []\n  }\n}\n`;
}
