// What a cluster is made of, as the simulator takes it: a device, and the links between devices by level. Types only; profiles.ts has the known
// ones with their sources. Units stand in the names.

/** Of matrix products; sums are in f32 whatever the factors are. */
export type ProductPrecision = 'f32' | 'bf16' | 'fp8';

export interface LinkLevel {
  /** `node`: between devices of one machine; `cluster`: between machines. */
  readonly level: 'node' | 'cluster';
  /** Devices that reach each other at this level; null: all. */
  readonly devices: number | null;
  readonly latencyUs: number;
  /** Of one device, in one direction, where it has the link for itself. */
  readonly gigabytesPerSecond: number;
  /** What all devices of one machine share of this level, in one direction; null: each has its own link. */
  readonly sharedGigabytesPerSecond: number | null;
}

/** What of its peak a device reaches: one set for all runs on that type of device. docs/planner.md says where each comes from. */
export interface Efficiency {
  /** Share of the peak that a large product reaches; small ones follow from `productHalfWidth`. */
  readonly product: Readonly<Record<ProductPrecision, number>>;
  /** A product whose shortest side has this length reaches half of that. */
  readonly productHalfWidth: number;
  /** Share of the bf16 (else f32) peak that fused attention reaches. */
  readonly attention: number;
  /** Share of the memory bandwidth that element-wise kernels reach. */
  readonly memory: number;
  /** Share of a link's bandwidth that a collective reaches. */
  readonly nodeLink: number;
  readonly clusterLink: number;
  /** Share of a tensor-parallel exchange that costs nothing where it runs in pieces beside the products. */
  readonly overlap: number;
}

export interface HardwareProfile {
  readonly id: string;
  readonly name: string;
  /** TFLOP/s, dense; absent where the device has no such units. */
  readonly peakTeraflops: Readonly<Partial<Record<ProductPrecision, number>>>;
  readonly memoryGiB: number;
  readonly memoryGigabytesPerSecond: number;
  /** What driver and communication library hold beside the allocator. */
  readonly reservedGiB: number;
  /** Bytes that the allocator takes for each byte in use: what is cut into unusable pieces. */
  readonly allocatorShare: number;
  /** Innermost first. */
  readonly links: readonly LinkLevel[];
  /** Time that a kernel costs beside its work. */
  readonly launchUs: number;
  readonly efficiency: Efficiency;
  /** Where each number is from, by field. */
  readonly sources: Readonly<Record<string, string>>;
}
