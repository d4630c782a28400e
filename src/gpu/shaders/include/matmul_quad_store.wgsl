// The end of a thread's four columns of C that lie side by side: those within C, through the epilogue of matmul_output.wgsl, which comes before.
fn store_quad(sum: vec4f, row: u32, column: u32) {
#if WIDE
  if (column < params.n) { finish(sum, row, column / 4u, params.n / 4u); }
#else
#for e in 0..4
  if (column + {{e}}u < params.n) { finish(sum[{{e}}], row, column + {{e}}u, params.n); }
#endfor
#endif
}
