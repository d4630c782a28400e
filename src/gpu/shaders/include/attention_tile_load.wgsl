// Tiled attention: one chunk of COUNT rows of the problem, from row START on, to {{TO}}_a, and where PAIRS is 2 to {{TO}}_b; zeros past the
// tokens and past the head. QUERIES 1: queries of `head`, and their dO. QUERIES 0: keys of `key_head`, and the values of `value_head`.
// Needs t, chunk, batch_row and those heads. Flags of the include: TO, COUNT, START, QUERIES.
      for (var i = t; i < {{COUNT * CHUNK}}u; i += {{THREADS}}u) {
        let row = {{START}} + i / {{CHUNK}}u;
        let quad = chunk + i % {{CHUNK}}u;
        var value_a = vec4f(0.0);
#if PAIRS == 2
        var value_b = vec4f(0.0);
#endif
        if (row < params.tokens && quad < {{(D + 3) / 4}}u) {
#if QUERIES
          value_a = load_qkv(head_start(batch_row + row, head), quad);
#if PAIRS == 2
          value_b = load_d_out(out_start(batch_row + row, head), quad);
#endif
#else
          value_a = load_qkv(head_start(batch_row + row, key_head), quad);
#if PAIRS == 2
          value_b = load_qkv(head_start(batch_row + row, value_head), quad);
#endif
#endif
        }
        let place = i / {{CHUNK}}u * STRIDE + i % {{CHUNK}}u;
        {{TO}}_a[place] = value_a;
#if PAIRS == 2
        {{TO}}_b[place] = value_b;
#endif
      }
