// Tiled matmul: what matmul_tile_fetch.wgsl read, from registers to tile_{{NAME}} in workgroup memory, k-major.
// Needs thread. Flags of the include: NAME, ALONG_K, TILE, ITEMS, LOADS, as there.
#for i in 0..LOADS
      {
        let item = thread + {{i * THREADS}}u;
#if ITEMS % THREADS != 0
        if (item < {{ITEMS}}u) {
#else
        {
#endif
#if ALONG_K
          let item_k = 4u * ((item & 1u) + 2u * (item / {{TILE / 2}}u));
          let at = item_k * {{TILE / 4 + 1}}u + (item >> 1u) % {{TILE / 4}}u;
#for e in 0..4
          tile_{{NAME}}[at + {{e * (TILE / 4 + 1)}}u] = vec4f(next_{{NAME}}_{{i}}_0[{{e}}], next_{{NAME}}_{{i}}_1[{{e}}], next_{{NAME}}_{{i}}_2[{{e}}], next_{{NAME}}_{{i}}_3[{{e}}]);
#endfor
#else
          tile_{{NAME}}[(item / {{TILE / 4}}u) * {{TILE / 4 + 1}}u + item % {{TILE / 4}}u] = next_{{NAME}}_{{i}}_0;
#endif
        }
      }
#endfor
