// load_{{NAME}}(row, column, stride, end_k): four neighbours of a stored row of {{NAME}} as vec4f; what lies past end_k is zero.
// Needs the binding {{NAME}}. K_EDGE=0 promises that nothing lies past. Flags of the include: NAME, VECTORS (the array is of vec4f, its rows
// a multiple of 4 long; else of f32), ALONG_K (columns count k; else rows do).
fn load_{{NAME}}(row: u32, column: u32, stride: u32, end_k: u32) -> vec4f {
#if VECTORS
  // A shift: a division is done lane by lane on a software adapter.
  let x = {{NAME}}[(row * stride + column) >> 2u];
#else
  let at = row * stride + column;
  let x = vec4f({{NAME}}[at], {{NAME}}[at + 1u], {{NAME}}[at + 2u], {{NAME}}[at + 3u]);
#endif
#if K_EDGE
#if ALONG_K
  return select(vec4f(), x, vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(end_k));
#else
  return select(vec4f(), x, row < end_k);
#endif
#else
  return x;
#endif
}
