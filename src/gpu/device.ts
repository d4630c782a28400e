// Opens one WebGPU device with the limits and features the lab can use, and watches it: loss, uncaptured errors.
// It knows the browser's GPU interface and nothing of models or training.

import { within } from '../core/deadline';
import { LabError } from '../core/errors';
import type { AdapterFacts } from '../core/records';

export type LimitsProfile = 'adapter' | 'min';

export interface GpuDevice {
  readonly device: GPUDevice;
  readonly facts: AdapterFacts;
  /** Settles once, with an error unless the loss was our own destroy(). */
  readonly lost: Promise<LabError | null>;
  /** Called for errors that no scope caught. */
  onUncapturedError: ((error: LabError) => void) | null;
  has(feature: string): boolean;
  destroy(): void;
}

/** Limits that the lab asks for when the adapter has more than the specification's floor. */
const WANTED_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const;

const WANTED_FEATURES: readonly { readonly name: string; readonly use: string }[] = [
  { name: 'timestamp-query', use: 'the kernel profile and autotuning by GPU time' },
  { name: 'shader-f16', use: 'f16 storage' },
  { name: 'subgroups', use: 'subgroup broadcasts in matmul' },
  { name: 'chromium-experimental-subgroup-matrix', use: 'tensor cores' },
];

/** Of WGSL: nothing has to be asked for, and the floor profile does without. */
const LANGUAGE_FEATURES: readonly string[] = ['packed_4x8_integer_dot_product'];

function isFeatureName(name: string, features: GPUSupportedFeatures): name is GPUFeatureName {
  return features.has(name);
}

function isSoftware(info: GPUAdapterInfo): boolean {
  const text = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`.toLowerCase();
  return info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|microsoft basic render/.test(text);
}

/**
 * @throws LabError `gpu.unavailable` where there is no WebGPU, no adapter or no device; `gpu.timeout` where the browser does not answer.
 */
export async function openDevice(profile: LimitsProfile): Promise<GpuDevice> {
  if (!('gpu' in navigator) || !navigator.gpu) {
    throw new LabError({
      code: 'gpu.unavailable',
      message: 'This browser has no WebGPU.',
      why: globalThis.isSecureContext
        ? 'navigator.gpu is missing.'
        : 'WebGPU needs a secure context: https or localhost.',
      advice: 'Use a current Chrome, Edge, Safari 26 or Firefox; on Linux start Chrome with --enable-unsafe-webgpu.',
    });
  }
  const adapter = await within(
    20_000,
    'The graphics adapter',
    navigator.gpu.requestAdapter({ powerPreference: 'high-performance' }),
  );
  if (!adapter) {
    throw new LabError({
      code: 'gpu.unavailable',
      message: 'The browser has WebGPU but gives no adapter.',
      why: 'The GPU is blocked, its driver is too old, or the GPU process crashed twice.',
      advice: 'Restart the browser, update the graphics driver, or look at chrome://gpu.',
    });
  }
  const missing: { name: string; reason: string }[] = [];
  const requiredFeatures: GPUFeatureName[] = [];
  for (const { name, use } of WANTED_FEATURES) {
    if (profile === 'min') missing.push({ name, reason: 'the floor profile leaves it off' });
    else if (isFeatureName(name, adapter.features)) requiredFeatures.push(name);
    else missing.push({ name, reason: `the adapter does not have it; without it: no ${use}` });
  }
  const requiredLimits: Record<string, number> = {};
  if (profile === 'adapter') for (const name of WANTED_LIMITS) requiredLimits[name] = adapter.limits[name];

  let device: GPUDevice;
  try {
    device = await within(20_000, 'The graphics device', adapter.requestDevice({ requiredFeatures, requiredLimits }));
  } catch (error) {
    if (error instanceof LabError) throw error;
    // A browser may refuse what its own adapter offers: the floor always works where WebGPU does.
    const fresh = await within(20_000, 'The graphics adapter', navigator.gpu.requestAdapter());
    if (!fresh)
      throw new LabError({
        code: 'gpu.unavailable',
        message: 'The graphics adapter went away.',
        details: String(error),
      });
    device = await within(20_000, 'The graphics device', fresh.requestDevice());
    missing.push({ name: 'adapter limits', reason: `the browser refused them: ${String(error)}` });
  }
  return watch(device, adapter, profile, missing);
}

function watch(
  device: GPUDevice,
  adapter: GPUAdapter,
  profile: LimitsProfile,
  missing: readonly { name: string; reason: string }[],
): GpuDevice {
  const info = adapter.info;
  const limits: Record<string, number> = {};
  for (const name of [...WANTED_LIMITS, 'minStorageBufferOffsetAlignment', 'minUniformBufferOffsetAlignment'] as const)
    limits[name] = device.limits[name];
  const features: readonly string[] = [
    ...WANTED_FEATURES.map(({ name }) => name).filter((name) => isFeatureName(name, device.features)),
    ...LANGUAGE_FEATURES.filter((name) => profile !== 'min' && navigator.gpu.wgslLanguageFeatures.has(name)),
  ];
  let destroyed = false;
  const opened: GpuDevice = {
    device,
    facts: {
      vendor: info.vendor,
      architecture: info.architecture,
      device: info.device,
      description: info.description,
      software: isSoftware(info),
      profile,
      limits,
      features,
      missing,
      userAgent: navigator.userAgent,
    },
    lost: device.lost.then((reason) =>
      destroyed
        ? null
        : new LabError({
            code: 'gpu.lost',
            message: 'The graphics device was lost.',
            why: reason.message || reason.reason,
            advice: 'Press restart: the lab opens a new device and starts the run again.',
          }),
    ),
    onUncapturedError: null,
    has: (feature) => features.includes(feature),
    destroy() {
      destroyed = true;
      device.destroy();
    },
  };
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    const text = event.error.message;
    opened.onUncapturedError?.(
      event.error instanceof GPUOutOfMemoryError
        ? new LabError({
            code: 'gpu.outOfMemory',
            message: 'The graphics memory is full.',
            why: text,
            advice: 'Lower the batch size, the sequence length or the model width.',
          })
        : new LabError({
            code: 'gpu.validation',
            message: 'WebGPU refused a command.',
            why: text,
            advice: 'Please copy the report: this is a fault of the lab.',
          }),
    );
  });
  return opened;
}

/**
 * Runs `work` under validation and out-of-memory scopes.
 * @throws LabError `gpu.outOfMemory` or `gpu.validation` with what the browser said.
 */
export async function guarded<T>(device: GPUDevice, what: string, work: () => T | Promise<T>): Promise<T> {
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  let outcome: { readonly done: true; readonly result: T } | { readonly done: false; readonly error: unknown };
  try {
    outcome = { done: true, result: await work() };
  } catch (error) {
    outcome = { done: false, error };
  }
  // Both scopes must be popped whatever happened.
  const [validation, memory] = await within(
    30_000,
    what,
    Promise.all([device.popErrorScope(), device.popErrorScope()]),
  );
  if (memory) {
    throw new LabError({
      code: 'gpu.outOfMemory',
      message: `${what}: the graphics memory is full.`,
      why: memory.message,
      advice: 'Lower the batch size, the sequence length or the model width.',
    });
  }
  if (!outcome.done) throw outcome.error;
  if (validation)
    throw new LabError({ code: 'gpu.validation', message: `${what}: WebGPU refused it.`, why: validation.message });
  return outcome.result;
}
