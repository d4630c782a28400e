// Hardware that the planner knows, each number with its source. Peaks and links are datasheets'; efficiencies are fitted to published runs, or
// carried over from a like device where there are none (docs/planner.md says which). It predicts nothing.

import type { Efficiency, HardwareProfile } from './hardware';

/** Ampere with the software of 2021: products through cuBLAS, attention in separate kernels. */
const a100Efficiency: Efficiency = {
  product: { f32: 0.8, bf16: 0.71, fp8: 0.71 },
  productHalfWidth: 96,
  attention: 0.5,
  memory: 0.8,
  nodeLink: 0.75,
  clusterLink: 0.8,
  overlap: 0.7,
};

/** Hopper at 500 W, where power holds the clock down under long products. */
const h100LowPowerEfficiency: Efficiency = {
  product: { f32: 0.8, bf16: 0.49, fp8: 0.5 },
  productHalfWidth: 96,
  attention: 0.24,
  memory: 0.88,
  nodeLink: 0.85,
  clusterLink: 0.8,
  overlap: 0.72,
};

/** Hopper at 700 W. */
const h100Efficiency: Efficiency = {
  ...h100LowPowerEfficiency,
  product: { f32: 0.8, bf16: 0.6, fp8: 0.6 },
  attention: 0.34,
};

const a100: HardwareProfile = {
  id: 'a100-80gb',
  name: 'A100 SXM 80 GB',
  peakTeraflops: { f32: 19.5, bf16: 312 },
  memoryGiB: 80,
  reservedGiB: 2,
  allocatorShare: 1.05,
  memoryGigabytesPerSecond: 2039,
  links: [
    { level: 'node', devices: 8, latencyUs: 8, gigabytesPerSecond: 300, sharedGigabytesPerSecond: null },
    { level: 'cluster', devices: null, latencyUs: 12, gigabytesPerSecond: 25, sharedGigabytesPerSecond: null },
  ],
  launchUs: 5,
  efficiency: a100Efficiency,
  sources: {
    peakTeraflops: 'NVIDIA A100 Tensor Core GPU datasheet (2021): FP32, BFLOAT16 without sparsity',
    memoryGiB: 'NVIDIA A100 datasheet: 80 GB HBM2e; 81,920 MiB in nvidia-smi',
    memoryGigabytesPerSecond: 'NVIDIA A100 datasheet: 2,039 GB/s',
    links:
      'NVIDIA A100 datasheet: NVLink 600 GB/s both ways; DGX A100 (Narayanan et al. 2021): 8 HDR InfiniBand at 200 Gb/s',
    efficiency: 'Narayanan et al. 2021, table 1, rows left out of the bar: docs/planner.md',
  },
};

const hopper = {
  peakTeraflops: { f32: 67, bf16: 989, fp8: 1979 },
  reservedGiB: 2.5,
  allocatorShare: 1.05,
  links: [
    { level: 'node', devices: 8, latencyUs: 6, gigabytesPerSecond: 450, sharedGigabytesPerSecond: null },
    { level: 'cluster', devices: null, latencyUs: 10, gigabytesPerSecond: 50, sharedGigabytesPerSecond: null },
  ],
  launchUs: 5,
} as const;

const h100: HardwareProfile = {
  ...hopper,
  id: 'h100-sxm',
  name: 'H100 SXM 80 GB',
  memoryGiB: 79.6,
  memoryGigabytesPerSecond: 3352,
  efficiency: h100Efficiency,
  sources: {
    peakTeraflops:
      'NVIDIA H100 Tensor Core GPU datasheet, SXM: FP32, and BFLOAT16 and FP8 halved from the figures with sparsity',
    memoryGiB: 'NVIDIA H100 datasheet: 80 GB HBM3; 81,559 MiB in nvidia-smi',
    memoryGigabytesPerSecond: 'NVIDIA H100 datasheet: 3.35 TB/s',
    links: 'NVIDIA H100 datasheet: NVLink 900 GB/s both ways; DGX H100: 8 NDR InfiniBand at 400 Gb/s',
    efficiency: 'Llama 3 (Grattafiori et al. 2024), table 4: docs/planner.md',
  },
};

const h100LowPower: HardwareProfile = {
  ...hopper,
  id: 'h100-sxm-96gb-500w',
  name: 'H100 SXM 96 GB HBM2e, 500 W',
  memoryGiB: 95,
  memoryGigabytesPerSecond: 2400,
  efficiency: h100LowPowerEfficiency,
  sources: {
    peakTeraflops: 'NVIDIA H100 datasheet, SXM at 700 W: what 500 W lets through is in the efficiencies',
    memoryGiB: 'torchtitan benchmarks, llama3_h100_202412: 96 GB HBM2e',
    memoryGigabytesPerSecond: 'torchtitan benchmarks, llama3_h100_202412: 2.4 TB/s',
    links: 'NVIDIA H100 datasheet: NVLink 900 GB/s both ways; torchtitan benchmarks: 400 Gb/s RDMA a GPU',
    efficiency: 'torchtitan benchmarks, llama3_h100_202412, rows left out of the bar: docs/planner.md',
  },
};

const h200: HardwareProfile = {
  ...hopper,
  id: 'h200-sxm',
  name: 'H200 SXM 141 GB',
  memoryGiB: 140.4,
  memoryGigabytesPerSecond: 4800,
  efficiency: h100Efficiency,
  sources: {
    peakTeraflops: 'NVIDIA H200 Tensor Core GPU datasheet, SXM: as H100',
    memoryGiB: 'NVIDIA H200 datasheet: 141 GB HBM3e; 143,771 MiB in nvidia-smi',
    memoryGigabytesPerSecond: 'NVIDIA H200 datasheet: 4.8 TB/s',
    links: 'NVIDIA H200 datasheet: NVLink 900 GB/s both ways; NDR InfiniBand at 400 Gb/s a GPU',
    efficiency: 'that of H100 SXM',
  },
};

const tpuV5p: HardwareProfile = {
  id: 'tpu-v5p',
  name: 'TPU v5p',
  peakTeraflops: { bf16: 459 },
  memoryGiB: 95,
  reservedGiB: 1,
  allocatorShare: 1.02,
  memoryGigabytesPerSecond: 2765,
  links: [
    { level: 'node', devices: 8960, latencyUs: 1, gigabytesPerSecond: 180, sharedGigabytesPerSecond: null },
    { level: 'cluster', devices: null, latencyUs: 30, gigabytesPerSecond: 6.25, sharedGigabytesPerSecond: null },
  ],
  launchUs: 1,
  efficiency: {
    product: { f32: 0.7, bf16: 0.75, fp8: 0.75 },
    productHalfWidth: 128,
    attention: 0.4,
    memory: 0.85,
    nodeLink: 0.85,
    clusterLink: 0.8,
    overlap: 0.9,
  },
  sources: {
    peakTeraflops: 'Google Cloud TPU v5p documentation: 459 TFLOP/s in bf16 a chip',
    memoryGiB: 'Google Cloud TPU v5p documentation: 95 GB HBM2e',
    memoryGigabytesPerSecond: 'Google Cloud TPU v5p documentation: 2,765 GB/s',
    links:
      'Google Cloud: 4,800 Gb/s a chip over 6 links of a 3-D torus, a pod of 8,960; "How to Scale Your Model" (Austin et al. 2025): 90 GB/s a link in one direction, two of them along an axis, 6.25 GB/s of data centre network a chip',
    efficiency: 'no published run was fitted: taken from the reach of XLA on dense layers',
  },
};

const rtx4090: HardwareProfile = {
  id: 'rtx-4090-x8',
  name: 'RTX 4090, 8 a box',
  peakTeraflops: { f32: 82.6, bf16: 165.2, fp8: 330.3 },
  memoryGiB: 24,
  reservedGiB: 1,
  allocatorShare: 1.05,
  memoryGigabytesPerSecond: 1008,
  links: [
    { level: 'node', devices: 8, latencyUs: 20, gigabytesPerSecond: 32, sharedGigabytesPerSecond: 128 },
    { level: 'cluster', devices: null, latencyUs: 30, gigabytesPerSecond: 12.5, sharedGigabytesPerSecond: 12.5 },
  ],
  launchUs: 5,
  efficiency: { ...a100Efficiency, product: { f32: 0.8, bf16: 0.8, fp8: 0.7 }, nodeLink: 0.5 },
  sources: {
    peakTeraflops:
      'NVIDIA Ada GPU architecture whitepaper, appendix A: FP32; FP16 and FP8 with FP32 sums, without sparsity',
    memoryGiB: 'NVIDIA GeForce RTX 4090 specification: 24 GB GDDR6X',
    memoryGigabytesPerSecond: 'NVIDIA Ada whitepaper: 1,008 GB/s',
    links:
      'PCI Express 4.0 x16: 32 GB/s in one direction, through host memory since the driver has no peer access; two sockets share about 128 GB/s; one 100 Gb/s Ethernet port a box',
    efficiency: 'no published run was fitted: A100 with products as cuBLAS reaches them',
  },
};

const laptop: HardwareProfile = {
  id: 'rtx-4060-laptop',
  name: 'RTX 4060 Laptop GPU',
  peakTeraflops: { f32: 14.6, bf16: 29.1, fp8: 58.2 },
  memoryGiB: 8,
  reservedGiB: 0.7,
  allocatorShare: 1.05,
  memoryGigabytesPerSecond: 256,
  links: [
    { level: 'cluster', devices: null, latencyUs: 200, gigabytesPerSecond: 0.125, sharedGigabytesPerSecond: null },
  ],
  launchUs: 6,
  efficiency: { ...a100Efficiency, product: { f32: 0.75, bf16: 0.75, fp8: 0.65 } },
  sources: {
    peakTeraflops:
      'NVIDIA GeForce RTX 40 laptop specification: 3,072 cores at 2.37 GHz; per unit and clock as in the Ada whitepaper',
    memoryGiB: 'NVIDIA GeForce RTX 4060 laptop specification: 8 GB GDDR6',
    memoryGigabytesPerSecond: '128 bits at 16 Gb/s',
    links: 'gigabit Ethernet between machines',
    efficiency: 'no published run was fitted: as RTX 4090',
  },
};

export const hardwareProfiles: readonly HardwareProfile[] = [a100, h100, h100LowPower, h200, tpuV5p, rtx4090, laptop];
