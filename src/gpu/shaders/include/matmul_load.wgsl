// Four neighbours of a stored row of A or B, as vec4f, whether the array is of vec4f (rows a multiple of 4 long) or of f32.
// What lies past end_k is zero; K_EDGE=0 promises that nothing does. The row or the column is the one that counts k.
fn load_a(row: u32, column: u32, stride: u32, end_k: u32) -> vec4f {
#if WIDE_A
  let x = a[(row * stride + column) / 4u];
#else
  let at = row * stride + column;
  let x = vec4f(a[at], a[at + 1u], a[at + 2u], a[at + 3u]);
#endif
#if K_EDGE && TA
  return select(vec4f(), x, row < end_k);
#endif
#if K_EDGE && TA == 0
  return select(vec4f(), x, vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(end_k));
#endif
#if K_EDGE == 0
  return x;
#endif
}

fn load_b(row: u32, column: u32, stride: u32, end_k: u32) -> vec4f {
#if WIDE_B
  let x = b[(row * stride + column) / 4u];
#else
  let at = row * stride + column;
  let x = vec4f(b[at], b[at + 1u], b[at + 2u], b[at + 3u]);
#endif
#if K_EDGE && TB == 0
  return select(vec4f(), x, row < end_k);
#endif
#if K_EDGE && TB
  return select(vec4f(), x, vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(end_k));
#endif
#if K_EDGE == 0
  return x;
#endif
}
