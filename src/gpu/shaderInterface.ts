// Reads a kernel's interface from its expanded WGSL: storage bindings with their access, the layout of its `Params` uniform, and
// whether it reads the step block. The WGSL is the only place where these are written down. Pure.
//
// Convention: group 0 holds storage buffers, numbered from 0; `@group(1) @binding(0) var<uniform> params: Params;` holds values that
// are fixed for a dispatch; `@group(1) @binding(1) var<uniform> step: StepBlock;` holds those that change each step.

import { LabError } from '../core/errors';
import { bufferBytes } from './bufferBytes';

export type Access = 'read' | 'read_write';

export interface StorageBinding {
  readonly name: string;
  readonly binding: number;
  readonly access: Access;
}

export type ScalarType = 'f32' | 'u32' | 'i32';

export interface ParamField {
  readonly name: string;
  readonly type: ScalarType;
  /** Bytes from the start of the struct. */
  readonly offset: number;
}

export interface ShaderInterface {
  readonly storage: readonly StorageBinding[];
  readonly params: readonly ParamField[];
  readonly usesStep: boolean;
}

const STORAGE = /@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(read|read_write)>\s*(\w+)\s*:/g;
const PARAMS = /struct\s+Params\s*\{([^}]*)\}/;
const FIELD = /(\w+)\s*:\s*(f32|u32|i32)\s*,/g;

function isScalarType(text: string): text is ScalarType {
  return text === 'f32' || text === 'u32' || text === 'i32';
}

/** @throws LabError `gpu.shader` where bindings are not numbered 0, 1, 2, ... */
export function readInterface(kernel: string, code: string): ShaderInterface {
  const bare = code.replace(/\/\/[^\n]*/g, '');
  const storage: StorageBinding[] = [];
  for (const [, binding, access, name] of bare.matchAll(STORAGE)) {
    storage.push({ name, binding: Number(binding), access: access === 'read' ? 'read' : 'read_write' });
  }
  storage.sort((a, b) => a.binding - b.binding);
  storage.forEach((entry, index) => {
    if (entry.binding !== index) {
      throw new LabError({
        code: 'gpu.shader',
        message: `${kernel}: storage bindings must be numbered 0, 1, 2, ...; ${entry.name} breaks that`,
      });
    }
  });
  const params: ParamField[] = [];
  const body = PARAMS.exec(bare)?.[1] ?? '';
  for (const [, name, type] of body.matchAll(FIELD)) {
    if (isScalarType(type)) params.push({ name, type, offset: 4 * params.length });
  }
  return { storage, params, usesStep: /var<uniform>\s*step\s*:/.test(bare) };
}

/**
 * Bytes of a Params block. Scalars only, so WGSL's layout is 4 bytes each, the whole rounded up to 16.
 * @throws LabError `gpu.shader` for a missing, surplus or non-finite value.
 */
export function packParams(
  kernel: string,
  fields: readonly ParamField[],
  values: Readonly<Record<string, number>>,
): ArrayBuffer {
  const bytes = new ArrayBuffer(bufferBytes(4 * fields.length));
  const view = new DataView(bytes);
  const known = new Set<string>();
  for (const field of fields) {
    const value = values[field.name];
    known.add(field.name);
    if (value === undefined || !Number.isFinite(value)) {
      throw new LabError({
        code: 'gpu.shader',
        message: `${kernel}: Params.${field.name} needs a finite value, got ${value}`,
      });
    }
    if (field.type === 'f32') view.setFloat32(field.offset, value, true);
    else if (field.type === 'u32') view.setUint32(field.offset, value, true);
    else view.setInt32(field.offset, value, true);
  }
  for (const name of Object.keys(values)) {
    if (!known.has(name)) throw new LabError({ code: 'gpu.shader', message: `${kernel}: Params has no field ${name}` });
  }
  return bytes;
}
