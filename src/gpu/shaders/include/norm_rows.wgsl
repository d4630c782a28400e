// Where row r of a norm begins, in packs: rows lie one behind the other, or with HEADS they are heads of packed rows, `first` the first one's place.
// Needs pack.wgsl and params.columns; with HEADS also params.heads, params.row_width and params.first, in elements.
fn row_start(row: u32) -> u32 {
#if HEADS
  return (row / params.heads * params.row_width + params.first + row % params.heads * params.columns) / PACK;
#else
  return row * (params.columns / PACK);
#endif
}
