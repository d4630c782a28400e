// Threefry-2x32, 20 rounds (Salmon et al. 2011); the same function as src/core/rng.ts.
fn threefry_round(x: vec2u, r: u32) -> vec2u {
  let a = x.x + x.y;
  return vec2u(a, ((x.y << r) | (x.y >> (32u - r))) ^ a);
}

fn threefry2x32(key: vec2u, counter: vec2u) -> vec2u {
  let k2 = 0x1bd11bdau ^ key.x ^ key.y;
  var x = counter + key;
  x = threefry_round(x, 13u); x = threefry_round(x, 15u); x = threefry_round(x, 26u); x = threefry_round(x, 6u);
  x += vec2u(key.y, k2 + 1u);
  x = threefry_round(x, 17u); x = threefry_round(x, 29u); x = threefry_round(x, 16u); x = threefry_round(x, 24u);
  x += vec2u(k2, key.x + 2u);
  x = threefry_round(x, 13u); x = threefry_round(x, 15u); x = threefry_round(x, 26u); x = threefry_round(x, 6u);
  x += vec2u(key.x, key.y + 3u);
  x = threefry_round(x, 17u); x = threefry_round(x, 29u); x = threefry_round(x, 16u); x = threefry_round(x, 24u);
  x += vec2u(key.y, k2 + 4u);
  x = threefry_round(x, 13u); x = threefry_round(x, 15u); x = threefry_round(x, 26u); x = threefry_round(x, 6u);
  x += vec2u(k2, key.x + 5u);
  return x;
}

fn unit_interval(word: u32) -> f32 {
  return f32(word >> 8u) * 5.9604644775390625e-8;
}
