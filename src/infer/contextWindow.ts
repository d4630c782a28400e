// What of a text a model with learned positions sees. Pure.

/**
 * `tokens` where there is room for one more in the context, else its newest half: learned positions cannot slide, so that dropping tokens
 * means prefill again, and dropping one at a time would mean that for every token.
 */
export function trimmedContext(tokens: Uint32Array, contextLength: number): Uint32Array {
  if (tokens.length <= contextLength) return tokens;
  return tokens.subarray(tokens.length - Math.max(1, Math.floor(contextLength / 2)));
}
