// Tiled attention: accumulator ACC += tile [ROW_TILE, first .. first + count] times as many rows read by source{{ACC}}().
// A thread owns rows py + r*DEPTH_LANES_Y and quads px + c*DEPTH_LANES. `first`, `count` (multiples of 4), `source_stride` are the caller's.
      for (var key = 0u; key < count; key += 4u) {
#for R in 0..ROW_TILE * DEPTH_LANES / THREADS
        let p{{R}} = tile[(py + {{R * THREADS / DEPTH_LANES}}u) * TILE_STRIDE + (first + key) / 4u];
#endfor
#for K in 0..4
#for C in 0..QUADS / DEPTH_LANES
        let v{{K}}_{{C}} = source{{ACC}}((key + {{K}}u) * source_stride + px + {{C * DEPTH_LANES}}u);
#for R in 0..ROW_TILE * DEPTH_LANES / THREADS
        acc{{ACC}}_{{R}}_{{C}} = fma(vec4f(p{{R}}[{{K}}]), v{{K}}_{{C}}, acc{{ACC}}_{{R}}_{{C}});
#endfor
#endfor
#endfor
      }
