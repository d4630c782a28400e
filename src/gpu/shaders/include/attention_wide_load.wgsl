// Wide attention backward: one turn's queries, dO, first quads of the values, and its rows' statistics, from storage to next_*.
// `turn`, `query_tiles`, `query_begin` and the problem's places are the caller's.
    {
      let next_head = pair % params.kv_heads * heads_per_key + turn / query_tiles;
      let next_start = query_begin + turn % query_tiles * 32u;
#for I in 0..QUADS / 4
      {
        let row = next_start + (t + {{128 * I}}u) / {{QUADS}}u;
        let quad = (t + {{128 * I}}u) % {{QUADS}}u;
        next_query_{{I}} = vec4f();
        next_d_out_{{I}} = vec4f();
        if (row < params.tokens) {
          next_query_{{I}} = qkv[head_start(batch_row + row, next_head) + quad];
          next_d_out_{{I}} = d_out[out_start(batch_row + row, next_head) + quad];
        }
      }
#endfor
#for I in 0..4
      next_value_{{I}} = load_value(batch_row, key_start + t / 8u + {{16 * I}}u, value_head, t % 8u);
#endfor
      if (t < 32u) {
        let place = (batch * params.heads + next_head) * params.tokens + min(next_start + t, params.tokens - 1u);
        next_statistics = vec2f(lse[place] * LOG2_E, delta[place]);
      }
    }
