// A pack is what one thread loads at once: vec4f where the row length divides by 4 (flag VEC4), else one f32.
// Kernels are written once in packs.
#if VEC4
alias Pack = vec4f;
alias PackBits = vec4u;
const PACK = 4u;
fn pack_sum(v: Pack) -> f32 { return (v.x + v.y) + (v.z + v.w); }
fn pack_sum_bits(v: PackBits) -> u32 { return (v.x + v.y) + (v.z + v.w); }
fn pack_max(v: Pack) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }
/// 1 in the component that holds element `index` of the row, 0 elsewhere; `first` is the pack's first element.
fn pack_one_hot(index: u32, first: u32) -> Pack {
  return select(vec4f(0.0), vec4f(1.0), vec4u(index) == vec4u(first, first + 1u, first + 2u, first + 3u));
}
fn pack_at(v: Pack, component: u32) -> f32 { return v[component]; }
#else
alias Pack = f32;
alias PackBits = u32;
const PACK = 1u;
fn pack_sum(v: Pack) -> f32 { return v; }
fn pack_sum_bits(v: PackBits) -> u32 { return v; }
fn pack_max(v: Pack) -> f32 { return v; }
fn pack_one_hot(index: u32, first: u32) -> Pack { return select(0.0, 1.0, index == first); }
fn pack_at(v: Pack, component: u32) -> f32 { return v; }
#endif
