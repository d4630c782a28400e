// Rows of published runs that the planner's efficiencies were fitted to: none of them is in ../shared/golden/published_runs.json. Test-only.
// Narayanan et al. 2021, table 1; pytorch/torchtitan benchmarks/llama3_h100_202412_torchtitan.md, tables 1 to 6.

function megatron(
  hidden: number,
  heads: number,
  layers: number,
  [tp, pp, gpus]: readonly [number, number, number],
  globalBatch: number,
  teraflopsPerGpu: number,
) {
  const common = { hardware: 'A100-80GB', precision: 'fp16', recompute: 'full', sequence: 2048, vocab: 51_200 };
  return { ...common, hidden, heads, layers, tp, pp, gpus, globalBatch, teraflopsPerGpu };
}

type Axes = Readonly<Partial<Record<'fsdp' | 'tp' | 'pp' | 'cp', number>>>;

function torchtitan(
  model: string,
  parallel: Axes,
  technique: string,
  [sequence, localBatch, recompute]: readonly [number, number, string],
  tokensPerSecondPerGpu: number,
  memoryGiB: number,
) {
  const { fsdp = 1, tp = 1, pp = 1, cp = 1 } = parallel;
  const place = { hardware: 'H100 SXM 96 GB HBM2e', model, gpus: fsdp * tp * pp * cp, parallel, technique };
  return { ...place, sequence, localBatch, recompute, tokensPerSecondPerGpu, memoryGiB };
}

const [b8, b70, b405] = ['Llama 3.1 8B', 'Llama 3.1 70B', 'Llama 3.1 405B'];
const short = [8192, 2, 'selective'] as const;
const whole = { fsdp: 8, tp: 8, pp: 8 };
const all = 'compiled, float8, async TP';

export const fittedMegatron = [
  megatron(3072, 32, 30, [2, 1, 64], 512, 138),
  megatron(6144, 48, 40, [8, 1, 256], 1024, 135),
  megatron(10_240, 80, 60, [8, 4, 1024], 1792, 140),
  megatron(16_384, 128, 96, [8, 16, 1920], 2160, 155),
  megatron(20_480, 128, 105, [8, 35, 2520], 2520, 163),
];

export const fittedTorchtitan = [
  torchtitan(b8, { fsdp: 8 }, 'FSDP', short, 5762, 82.4),
  torchtitan(b8, { fsdp: 8 }, 'FSDP, compiled, float8', short, 8532, 76.8),
  torchtitan(b8, { fsdp: 128 }, 'FSDP, compiled', short, 6514, 62.0),
  torchtitan(b8, { fsdp: 128 }, 'FSDP, compiled, float8', short, 8380, 61.8),
  torchtitan(b70, { fsdp: 32, tp: 8 }, 'compiled, float8', [8192, 16, 'full'], 829, 71.9),
  torchtitan(b70, { fsdp: 32, tp: 8 }, all, [8192, 16, 'full'], 876, 67.6),
  torchtitan(b405, whole, `${all}, Interleaved 1F1B`, [8192, 32, 'full'], 128, 72.7),
  torchtitan(b8, { fsdp: 8 }, 'compiled, float8', [32_768, 1, 'full'], 3890, 83.9),
  torchtitan(b8, { fsdp: 4, cp: 2 }, 'compiled, float8', [65_536, 1, 'full'], 2540, 84.2),
  torchtitan(b405, whole, `${all}, 1F1B`, [32_768, 8, 'full'], 76, 75.3),
  torchtitan(b405, { ...whole, fsdp: 4, cp: 2 }, `${all}, 1F1B`, [65_536, 8, 'full'], 47, 75.9),
];

/** Context parallelism over 4 and 8: sequences of which a ring's ranks do unequal work, which the planner does not know. */
export const longSequences = [
  torchtitan(b8, { fsdp: 2, cp: 4 }, 'compiled, float8', [131_072, 1, 'full'], 1071, 84.0),
  torchtitan(b8, { cp: 8 }, 'compiled, float8', [262_144, 1, 'full'], 548, 84.5),
  torchtitan(b405, { ...whole, fsdp: 2, cp: 4 }, `${all}, 1F1B`, [131_072, 8, 'full'], 31, 77.1),
  torchtitan(b405, { ...whole, fsdp: 1, cp: 8 }, `${all}, 1F1B`, [262_144, 8, 'full'], 16, 84.9),
];
