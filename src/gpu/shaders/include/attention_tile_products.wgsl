// Tiled attention: one chunk of the score tile. x[r][c] += rows_a . columns_a, and where PAIRS is 2 y[r][c] += rows_b . columns_b.
// A thread owns rows ty + r*LANES_Y and columns tx + c*LANES_X: neighbours read neighbouring rows, whose odd stride avoids bank conflicts.
      for (var quad = 0u; quad < {{CHUNK}}u; quad++) {
#for R in 0..ROW_TILE * LANES_X / THREADS
        let a{{R}} = rows_a[(ty + {{R * THREADS / LANES_X}}u) * STRIDE + quad];
#if PAIRS == 2
        let e{{R}} = rows_b[(ty + {{R * THREADS / LANES_X}}u) * STRIDE + quad];
#endif
#endfor
#for C in 0..COLUMN_TILE / LANES_X
        let b{{C}} = columns_a[(tx + {{C * LANES_X}}u) * STRIDE + quad];
#for R in 0..ROW_TILE * LANES_X / THREADS
        x{{R}}_{{C}} = fma(a{{R}}.w, b{{C}}.w, fma(a{{R}}.z, b{{C}}.z, fma(a{{R}}.y, b{{C}}.y, fma(a{{R}}.x, b{{C}}.x, x{{R}}_{{C}}))));
#endfor
#if PAIRS == 2
        let f{{C}} = columns_b[(tx + {{C * LANES_X}}u) * STRIDE + quad];
#for R in 0..ROW_TILE * LANES_X / THREADS
        y{{R}}_{{C}} = fma(e{{R}}.w, f{{C}}.w, fma(e{{R}}.z, f{{C}}.z, fma(e{{R}}.y, f{{C}}.y, fma(e{{R}}.x, f{{C}}.x, y{{R}}_{{C}}))));
#endfor
#endif
#endfor
      }
