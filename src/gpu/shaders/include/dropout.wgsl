// The dropout mask as a function of (seed, tag, step, element): nothing is stored, the backward pass makes it again.
// The same rule as src/reference/dropout.ts: the first word of threefry2x32((seed, tag), (element, step)).
// `element` counts over the global batch, so that any split into micro-batches or ranks draws the same mask.
// Needs random.wgsl and step.wgsl. `keep_scale` is 1 / (1 - rate).
fn dropout_factor(tag: u32, element: u32, rate: f32, keep_scale: f32) -> f32 {
  let word = threefry2x32(vec2u(step.seed, tag), vec2u(element, step.step)).x;
  return select(0.0, keep_scale, unit_interval(word) >= rate);
}
