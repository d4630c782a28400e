// sin and cos to about 1e-7: WGSL's own are only promised to 2^-11 and only within [-pi, pi], too coarse for positions.
// Argument reduced by pi/2 in three parts (Cody and Waite), then the minimax polynomials of Cephes' sinf and cosf (Moshier).
// Good for |angle| up to about 1e5, where the float32 angle itself is off by 0.004.
/// (sin, cos) of an angle in radians.
fn sin_cos(angle: f32) -> vec2f {
  let quarter = round(angle * 0.636619772367581);
  let r = ((angle - quarter * 1.5703125) - quarter * 4.837512969970703125e-4) - quarter * 7.54978995489188216e-8;
  let z = r * r;
  let s = ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
  let c = ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * z * z - 0.5 * z + 1.0;
  let turn = u32(i32(quarter)) & 3u;
  let swapped = select(vec2f(s, c), vec2f(c, s), (turn & 1u) == 1u);
  return vec2f(select(swapped.x, -swapped.x, turn >= 2u), select(swapped.y, -swapped.y, turn == 1u || turn == 2u));
}
