// Compiles kernels to pipelines, each variant once, many in parallel, and turns compiler messages into file and line.
// It must not know what a kernel computes.

import { LabError } from '../core/errors';
import { describeFlags, type KernelCatalog, type KernelSource } from './kernelCatalog';
import type { Flags } from './shaderSource';

/** A kernel with its structure (flags) and tuning (overrides) chosen. */
export interface KernelVariant {
  readonly kernel: string;
  readonly flags: Flags;
  readonly overrides: Readonly<Record<string, number>>;
}

export interface CompiledKernel {
  readonly source: KernelSource;
  readonly pipeline: GPUComputePipeline;
  readonly storageLayout: GPUBindGroupLayout;
  readonly uniformLayout: GPUBindGroupLayout | null;
}

export function variantKey(variant: KernelVariant): string {
  return `${variant.kernel}|${describeFlags(variant.flags)}|${describeFlags(variant.overrides)}`;
}

export class PipelineCache {
  private readonly compiled = new Map<string, Promise<CompiledKernel>>();
  /** Variants compiled so far, for tests of the steady state. */
  compilations = 0;

  constructor(
    private readonly device: GPUDevice,
    readonly catalog: KernelCatalog,
  ) {}

  /** @throws LabError `gpu.shader` with file, line and source of the first compiler error. */
  get(variant: KernelVariant): Promise<CompiledKernel> {
    const key = variantKey(variant);
    let entry = this.compiled.get(key);
    if (!entry) {
      this.compilations++;
      entry = this.compile(variant, key);
      this.compiled.set(key, entry);
    }
    return entry;
  }

  private async compile(variant: KernelVariant, label: string): Promise<CompiledKernel> {
    const source = this.catalog.get(variant.kernel, variant.flags);
    const device = this.device;
    const module = device.createShaderModule({ label, code: source.code });
    const storageLayout = device.createBindGroupLayout({
      label,
      entries: source.interface.storage.map(({ binding, access }) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type: access === 'read' ? 'read-only-storage' : 'storage' },
      })),
    });
    const uniformEntries: GPUBindGroupLayoutEntry[] = [];
    if (source.interface.params.length > 0)
      uniformEntries.push({ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } });
    if (source.interface.usesStep)
      uniformEntries.push({ binding: 1, visibility: GPUShaderStage.COMPUTE, buffer: { type: 'uniform' } });
    const uniformLayout =
      uniformEntries.length > 0 ? device.createBindGroupLayout({ label, entries: uniformEntries }) : null;
    try {
      const pipeline = await device.createComputePipelineAsync({
        label,
        layout: device.createPipelineLayout({
          bindGroupLayouts: uniformLayout ? [storageLayout, uniformLayout] : [storageLayout],
        }),
        compute: { module, entryPoint: 'main', constants: variant.overrides },
      });
      return { source, pipeline, storageLayout, uniformLayout };
    } catch (error) {
      throw await explain(module, source, label, error);
    }
  }
}

async function explain(
  module: GPUShaderModule,
  source: KernelSource,
  label: string,
  cause: unknown,
): Promise<LabError> {
  const { messages } = await module.getCompilationInfo();
  const first = messages.find((message) => message.type === 'error');
  if (!first) {
    return new LabError(
      { code: 'gpu.shader', message: `The kernel ${label} does not compile.`, why: String(cause) },
      { cause },
    );
  }
  const at = source.origin[first.lineNum - 1] ?? { file: source.kernel, line: first.lineNum };
  const text = source.code.split('\n')[first.lineNum - 1] ?? '';
  return new LabError(
    {
      code: 'gpu.shader',
      message: `src/gpu/shaders/${at.file}:${at.line}: ${first.message}`,
      why: text.trim(),
      details: `${label}\n${text}\n${' '.repeat(Math.max(0, first.linePos - 1))}^`,
    },
    { cause },
  );
}
