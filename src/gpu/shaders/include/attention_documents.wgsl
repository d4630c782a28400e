// Where documents begin, for causal attention that stays within them. Flag of the include: BINDING.

/// [B*T]: of each token the place in its sequence where its document begins there, which is the first key that it may see.
@group(0) @binding({{BINDING}}) var<storage, read> mask: array<u32>;
