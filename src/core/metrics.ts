// What a loss means in other units. Pure; losses are in nats a token everywhere else, and only converted for showing.

/**
 * Bits per UTF-8 byte of the text, which compares runs across tokenizers.
 * @param natsPerToken mean cross-entropy, nats a token
 * @param bytesPerToken UTF-8 bytes of the same text divided by its tokens
 */
export function bitsPerByte(natsPerToken: number, bytesPerToken: number): number {
  return natsPerToken / Math.LN2 / bytesPerToken;
}

/** exp(nats a token): how many equally likely tokens the model hesitates between. Overflows to Infinity past 709 nats. */
export function perplexity(natsPerToken: number): number {
  return Math.exp(natsPerToken);
}
