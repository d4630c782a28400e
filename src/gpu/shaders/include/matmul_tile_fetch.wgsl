// Tiled matmul: this thread's share of a tile of {{NAME}}, from storage to the registers next_{{NAME}}_[load]_[row]. Its work items are
// 4x4 blocks where the stored rows run along k (matmul_tile_keep.wgsl turns them), single vectors where they do not.
// Needs thread, tile_k, end_k and matmul_load.wgsl. Flags of the include: NAME, ALONG_K, TILE (length across k), FIRST (the tile's place
// across k), ACROSS (the matrix's length across k), ITEMS, LOADS.
#for i in 0..LOADS
      {
        let item = thread + {{i * THREADS}}u;
#if ITEMS % THREADS != 0
        if (item < {{ITEMS}}u) {
#else
        {
#endif
#if ALONG_K
        let item_k = tile_k + 4u * ((item & 1u) + 2u * (item / {{TILE / 2}}u));
        let item_row = {{FIRST}} + 4u * ((item >> 1u) % {{TILE / 4}}u);
#for e in 0..4
        next_{{NAME}}_{{i}}_{{e}} = load_{{NAME}}(item_row + {{e}}u, item_k, params.k, end_k);
#endfor
#else
        let item_k = tile_k + item / {{TILE / 4}}u;
        next_{{NAME}}_{{i}}_0 = load_{{NAME}}(item_k, {{FIRST}} + 4u * (item % {{TILE / 4}}u), {{ACROSS}}, end_k);
#endif
        }
      }
#endfor
