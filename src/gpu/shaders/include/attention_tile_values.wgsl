// Tiled attention: VALUE_ROWS whole rows of the problem, from row START on, to `values`; zeros past the tokens and past the head.
// VALUE is the expression for `quad` of `row`. Needs t. Flags of the include: START, VALUE.
      for (var i = t; i < {{VALUE_ROWS * QUADS}}u; i += {{THREADS}}u) {
        let row = {{START}} + i / {{QUADS}}u;
        let quad = i % {{QUADS}}u;
        var value = vec4f(0.0);
        if (row < params.tokens && quad < {{(D + 3) / 4}}u) { value = {{VALUE}}; }
        values[i] = value;
      }
