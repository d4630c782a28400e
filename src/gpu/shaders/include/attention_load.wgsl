// load_{{NAME}}(start, quad): a quad of dims of the head that begins at `start` of {{NAME}}; zeros past the head's end.
// Needs attention_element.wgsl and a binding {{NAME}} of Elements. Flag of the include: NAME.
fn load_{{NAME}}(start: u32, quad: u32) -> vec4f {
#if VEC4
  return {{NAME}}[start + quad];
#else
  var value = vec4f(0.0);
#for I in 0..4
  if (4u * quad + {{I}}u < HEAD_ELEMENTS) { value[{{I}}] = {{NAME}}[start + 4u * quad + {{I}}u]; }
#endfor
  return value;
#endif
}
