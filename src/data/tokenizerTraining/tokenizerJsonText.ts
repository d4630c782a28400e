// A trained tokenizer as the text of a tokenizer.json, laid out as the Hugging Face tokenizers library lays it out.

export interface TokenizerJsonParts {
  readonly specialTokens: readonly string[];
  readonly normalizer: object | null;
  readonly preTokenizer: object;
  readonly postProcessor: object | null;
  readonly decoder: object;
  /** Fields of the model before its vocabulary. */
  readonly model: object;
  /** The vocabulary and what follows it, as JSON: see vocabularyText and entriesText. */
  readonly vocabulary: string;
}

export function tokenizerJsonText(parts: TokenizerJsonParts): string {
  const head = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: parts.specialTokens.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: parts.normalizer,
    pre_tokenizer: parts.preTokenizer,
    post_processor: parts.postProcessor,
    decoder: parts.decoder,
  };
  const model = JSON.stringify(parts.model, null, 2).slice(2, -2).replaceAll('\n', '\n  ');
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "model": {\n  ${model},\n${parts.vocabulary}\n  }\n}\n`;
}

/** Token i has id i. Written entry by entry: an object would move the names 0 to 9 to its front and lose __proto__. */
export function vocabularyText(tokens: readonly string[]): string {
  return `    "vocab": {\n${tokens.map((token, id) => `      ${JSON.stringify(token)}: ${id}`).join(',\n')}\n    }`;
}

/** A list with an entry a line. */
export function entriesText(name: string, entries: readonly unknown[]): string {
  if (entries.length === 0) return `    "${name}": []`;
  return `    "${name}": [\n${entries.map((entry) => `      ${JSON.stringify(entry)}`).join(',\n')}\n    ]`;
}
