// Blocked attention with QUAD: four quads of dims of a head that all four threads read, {{TO}}[4 GROUP + 0..3]. Each thread loads one of them,
// and they pass them round by quad swaps (a broadcast is several times dearer on the software adapter): so quad C of thread `lane` is
// quad C ^ lane of the head, and a thread's own rows are loaded and stored in that order too.
// Needs lane. Flags of the include: TO, FROM (its load_ function), START (the head's), GROUP.
    let {{TO}}{{4 * GROUP}} = load_{{FROM}}({{START}}, {{4 * GROUP}}u + lane);
    let {{TO}}{{4 * GROUP + 1}} = quadSwapX({{TO}}{{4 * GROUP}});
    let {{TO}}{{4 * GROUP + 2}} = quadSwapY({{TO}}{{4 * GROUP}});
    let {{TO}}{{4 * GROUP + 3}} = quadSwapDiagonal({{TO}}{{4 * GROUP}});
