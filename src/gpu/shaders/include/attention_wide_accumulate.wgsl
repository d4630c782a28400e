// Wide attention backward: {{INTO}} += the transposed tile (queries by keys) times the 32 rows of {{ROWS}}.
// Needs px, py, tile. Flags of the include: INTO, ROWS.
      for (var i = 0u; i < 8u; i++) {
#for R in 0..4
        let w_{{R}} = tile[{{R}}][i][py];
#for O in 0..QUADS / 8
        let g_{{R}}_{{O}} = {{ROWS}}[{{R}}][i][px + {{8 * O}}u];
#for C in 0..4
        {{INTO}}_{{C}}_{{O}} = fma(vec4f(w_{{R}}[{{C}}]), g_{{R}}_{{O}}, {{INTO}}_{{C}}_{{O}});
#endfor
#endfor
#endfor
      }
