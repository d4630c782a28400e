// How attention kernels read a head: elements of vec4f with VEC4, where 4 divides D, else f32; a quad is 4 dims of a head. Flags VEC4, D.
#if VEC4
alias Element = vec4f;
#else
alias Element = f32;
#endif

// Elements of one head of one row.
const HEAD_ELEMENTS = {{VEC4 * (D / 4) + (1 - VEC4) * D}}u;
