// Values that change from step to step; written once before each micro-batch. Layout mirrored in src/gpu/stepBlock.ts.
struct StepBlock {
  seed: u32,
  step: u32,
  /// The micro-batch's first sequence, counted over the global batch.
  first_row: u32,
  position: u32,
  learning_rate: f32,
  inverse_tokens: f32,
  bias_correction1: f32,
  bias_correction2: f32,
}
@group(1) @binding(1) var<uniform> step: StepBlock;
