// Tiled attention: a thread's place (tx, ty) in the score tile and (px, py) in an accumulator, and its zeros.
// Needs t. Gives tx, ty, px, py and acc[a]_[r]_[c] for a below ACCUMULATORS, the flag of the include.
  let tx = t % {{LANES_X}}u;
  let ty = t / {{LANES_X}}u;
  let px = t % {{DEPTH_LANES}}u;
  let py = t / {{DEPTH_LANES}}u;
#for ACC in 0..ACCUMULATORS
#for R in 0..ROW_TILE * DEPTH_LANES / THREADS
#for C in 0..QUADS / DEPTH_LANES
  var acc{{ACC}}_{{R}}_{{C}} = vec4f(0.0);
#endfor
#endfor
#endfor
