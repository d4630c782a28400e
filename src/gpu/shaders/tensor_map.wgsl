// A tensor [R, C] as a picture of H x W cells: map [H, W, 2] = greatest magnitude and mean of each cell's values. A cell is the rectangle of rows
// floor(i R / H) to floor((i + 1) R / H) and the columns alike, so no value is left out and none counts twice. The first is -1 where a cell
// holds a value that is not finite; such values are left out of the mean. A thread takes a cell.
#include "flat.wgsl"
struct Params {
  rows: u32,
  columns: u32,
  height: u32,
  width: u32,
  /// See tensor_statistics.
  first: u32,
}
@group(0) @binding(0) var<storage, read> watched: array<u32>;
@group(0) @binding(1) var<storage, read_write> map: array<vec2f>;
@group(1) @binding(0) var<uniform> params: Params;

override WORKGROUP: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let cell = flat_group(group, groups) * WORKGROUP + local;
  if (cell >= params.height * params.width) { return; }
  let i = cell / params.width;
  let j = cell % params.width;
  let column_end = (j + 1u) * params.columns / params.width;
  let row_end = (i + 1u) * params.rows / params.height;
  var greatest = 0.0;
  var sum = 0.0;
  var finite = 0u;
  var broken = false;
  for (var row = i * params.rows / params.height; row < row_end; row++) {
    let start = params.first + row * params.columns;
    for (var column = j * params.columns / params.width; column < column_end; column++) {
      let bits = watched[start + column];
      if ((bits & 0x7f800000u) == 0x7f800000u) {
        broken = true;
      } else {
        let value = bitcast<f32>(bits);
        greatest = max(greatest, abs(value));
        sum += value;
        finite += 1u;
      }
    }
  }
  map[cell] = vec2f(select(greatest, -1.0, broken), sum / f32(max(1u, finite)));
}
