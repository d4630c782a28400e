// Tiled attention whose tile rows are queries: which rows of which head this workgroup owns, and which keys they see. Leaves main where
// there are none. Needs group, groups. Gives pair (batch and query head), row_start, batch_row, head, key_head, value_head, to_log2, key_begin,
// key_end.
  let row_tiles = (params.tokens + {{ROW_TILE - 1}}u) / {{ROW_TILE}}u;
  let index = group.y * groups.x + group.x;
  let pair = index / row_tiles;
  if (pair >= params.batch * params.heads) { return; }
  // The last rows have the most keys when causal: they start first.
  let row_start = (row_tiles - 1u - index % row_tiles) * {{ROW_TILE}}u;
  let batch_row = pair / params.heads * params.tokens;
  let head = pair % params.heads;
  let key_head = params.heads + head / (params.heads / params.kv_heads);
  let value_head = key_head + params.kv_heads;
  let to_log2 = params.scale * LOG2_E;
  let key_begin = first_key(batch_row, row_start);
#if CAUSAL
  let key_end = min(params.tokens, row_start + {{ROW_TILE}}u);
#else
  let key_end = params.tokens;
#endif
