// store_{{NAME}}(start, quad, value): a quad of dims of the head that begins at `start` of {{NAME}}; nothing past the head's end.
// Needs attention_element.wgsl and a binding {{NAME}} of Elements. Flag of the include: NAME.
fn store_{{NAME}}(start: u32, quad: u32, value: vec4f) {
#if VEC4
  {{NAME}}[start + quad] = value;
#else
#for I in 0..4
  if (4u * quad + {{I}}u < HEAD_ELEMENTS) { {{NAME}}[start + 4u * quad + {{I}}u] = value[{{I}}]; }
#endfor
#endif
}
