// activation.wgsl over a pack. Needs pack.wgsl and the flag ACT.
#include "activation.wgsl"
#if VEC4
fn activate_pack(v: Pack) -> Pack {
  return vec4f(activate(v.x), activate(v.y), activate(v.z), activate(v.w));
}
fn activate_gradient_pack(v: Pack) -> Pack {
  return vec4f(activate_gradient(v.x), activate_gradient(v.y), activate_gradient(v.z), activate_gradient(v.w));
}
#else
fn activate_pack(v: Pack) -> Pack { return activate(v); }
fn activate_gradient_pack(v: Pack) -> Pack { return activate_gradient(v); }
#endif
