// A measured model as a line for people: size, speed, loss and what became of the perplexity.

import type { CompressionRow } from '../../src/core/records';

export function compressionLine(row: CompressionRow): string {
  const size = `${(row.bytes / 2 ** 20).toFixed(3)} MiB`;
  const speed = `${row.tokensPerSecond.toFixed(1)} tokens/s (${row.tokensPerSecondLow.toFixed(1)} to ${row.tokensPerSecondHigh.toFixed(1)})`;
  const change = `${row.perplexityChange >= 0 ? '+' : ''}${(100 * row.perplexityChange).toFixed(3)} %`;
  return `${row.variant.padEnd(42)} ${size.padStart(13)}  ${speed.padEnd(38)} loss ${row.loss.toFixed(5)}, perplexity ${row.perplexity.toFixed(4)} (${change})`;
}
