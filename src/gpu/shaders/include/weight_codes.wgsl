// Codes of quantised weights as numbers. A word holds 32 / BITS codes in two's complement, the first in its lowest bits. Each goes to the top
// of a word with its sign, so that it becomes a float 2^(32 - BITS) times too large: CODE_UNIT takes that back, with the scale, once a sum. By a
// product: shifts by several amounts at once are done one by one on a software adapter.
#if BITS == 8
const CODE_UNIT = 5.9604644775390625e-8;
fn codes_0(word: u32) -> vec4f {
  return vec4f(bitcast<vec4i>((word * vec4u(0x1000000u, 0x10000u, 0x100u, 1u)) & vec4u(0xff000000u)));
}
#else
const CODE_UNIT = 3.725290298461914e-9;
fn codes_0(word: u32) -> vec4f {
  return vec4f(bitcast<vec4i>((word * vec4u(0x10000000u, 0x1000000u, 0x100000u, 0x10000u)) & vec4u(0xf0000000u)));
}
fn codes_1(word: u32) -> vec4f {
  return vec4f(bitcast<vec4i>((word * vec4u(0x1000u, 0x100u, 0x10u, 1u)) & vec4u(0xf0000000u)));
}
#endif
