// Tiled attention: the workgroup memory of the score tile. A chunk of what its rows and its columns stand for (a second one of each
// where PAIRS is 2), and the tile. Rows have an odd count of quads, and the tile's one more than it needs, against bank conflicts.
const STRIDE = {{CHUNK + 1 - CHUNK % 2}}u;
const TILE_STRIDE = {{COLUMN_TILE / 4 + 1}}u;

var<workgroup> rows_a: array<vec4f, {{ROW_TILE * (CHUNK + 1 - CHUNK % 2)}}>;
var<workgroup> columns_a: array<vec4f, {{COLUMN_TILE * (CHUNK + 1 - CHUNK % 2)}}>;
#if PAIRS == 2
var<workgroup> rows_b: array<vec4f, {{ROW_TILE * (CHUNK + 1 - CHUNK % 2)}}>;
var<workgroup> columns_b: array<vec4f, {{COLUMN_TILE * (CHUNK + 1 - CHUNK % 2)}}>;
#endif
var<workgroup> tile: array<vec4f, {{ROW_TILE * (COLUMN_TILE / 4 + 1)}}>;
