// The flat number of a workgroup: counts above 65,535 are folded to two dimensions by plans/plannedDispatch.ts.
fn flat_group(group: vec3u, groups: vec3u) -> u32 {
  return group.y * groups.x + group.x;
}
