// All kernels by file name, as text, from shaders/. A kernel is `shaders/NAME.wgsl`; included parts are `shaders/include/*.wgsl`.
// It expands a kernel under flags and reads its interface; it must not touch a device.

import { readInterface, type ShaderInterface } from './shaderInterface';
import { type ExpandedShader, expandDeclarations, expandShader, type Flags } from './shaderSource';

const modules = import.meta.glob<string>('./shaders/**/*.wgsl', { query: '?raw', import: 'default', eager: true });

/** Shader text by path relative to shaders/, e.g. `matmul_tiled.wgsl` or `include/step.wgsl`. */
export const shaderSources: ReadonlyMap<string, string> = new Map(
  Object.entries(modules).map(([path, text]) => [path.replace('./shaders/', ''), text]),
);

export interface KernelSource extends ExpandedShader {
  readonly kernel: string;
  readonly interface: ShaderInterface;
}

/** Stable text of flags or overrides, for cache keys and labels. */
export function describeFlags(flags: Flags): string {
  return Object.keys(flags)
    .sort()
    .map((name) => `${name}=${String(flags[name])}`)
    .join(' ');
}

/** Expands kernels once a variant. `replace` swaps shipped files for others (a test's deliberately wrong kernel). */
export class KernelCatalog {
  private readonly sources: ReadonlyMap<string, string>;
  private readonly expanded = new Map<string, KernelSource>();
  private readonly interfaces = new Map<string, ShaderInterface>();

  constructor(replace: Readonly<Record<string, string>> = {}) {
    this.sources = new Map([...shaderSources, ...Object.entries(replace)]);
  }

  /** The whole kernel, to be compiled. */
  get(kernel: string, flags: Flags): KernelSource {
    const key = `${kernel}|${describeFlags(flags)}`;
    let source = this.expanded.get(key);
    if (!source) {
      const shader = expandShader(`${kernel}.wgsl`, flags, this.sources);
      source = { ...shader, kernel, interface: this.interfaceOf(kernel, flags) };
      this.expanded.set(key, source);
    }
    return source;
  }

  /** What a plan asks of a kernel: its bindings and parameters, without the text of what it does. */
  interfaceOf(kernel: string, flags: Flags): ShaderInterface {
    const key = `${kernel}|${describeFlags(flags)}`;
    let read = this.interfaces.get(key);
    if (!read) {
      read = readInterface(kernel, expandDeclarations(`${kernel}.wgsl`, flags, this.sources));
      this.interfaces.set(key, read);
    }
    return read;
  }
}
