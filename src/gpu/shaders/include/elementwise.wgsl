// The frame of a pointwise kernel: calls the kernel's `element(i)` for every pack i below params.count / PACK.
// Needs pack.wgsl and flat.wgsl, and a Params with `count`. Counts and shares: plans/elementwise.ts.
override WORKGROUP: u32 = 64;
override TURNS: u32 = 1;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let first = flat_group(group, groups) * (WORKGROUP * TURNS) + local;
  let packs = params.count / PACK;
  for (var turn = 0u; turn < TURNS; turn++) {
    let i = first + turn * WORKGROUP;
    if (i < packs) {
      element(i);
    }
  }
}
