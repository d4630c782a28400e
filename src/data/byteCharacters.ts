// The characters that byte-level BPE writes its bytes with. Pure.

/**
 * The visible character that byte-level BPE writes for each byte, by byte value: printable Latin-1 stands for itself, the
 * other 68 take the code points from 256 on (Radford et al. 2019, bytes_to_unicode of GPT-2's encoder.py).
 */
export function byteCharacters(): readonly string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCodePoint(printable ? byte : next++);
  });
}
