// A model's parameters on the device for asking alone: no gradients, no optimiser. Of a loaded folder, or of a mesh whose parts were merged.

import type { ArenaLayout } from '../core/arena';
import type { ModelConfig } from '../core/modelConfig';
import type { GpuDevice } from '../gpu/device';
import { RankMemory } from '../gpu/rankMemory';
import { readBuffer } from '../gpu/readback';
import { modelArena } from '../model/shapes/modelShapes';
import { arenaStore, type ParameterStore } from './parameterStore';

export class HeldParameters {
  private constructor(
    private readonly gpu: GpuDevice,
    private readonly layout: ArenaLayout,
    private readonly memory: RankMemory,
  ) {}

  /** @throws LabError `gpu.limit`, `gpu.outOfMemory` */
  static allocate(gpu: GpuDevice, model: ModelConfig): Promise<HeldParameters> {
    return HeldParameters.ofLayout(gpu, modelArena(model));
  }

  /** For those of one stage. @throws as allocate */
  static async ofLayout(gpu: GpuDevice, layout: ArenaLayout): Promise<HeldParameters> {
    const arenas = { parameters: layout.length, gradients: 0, moment1: 0, moment2: 0 };
    const memory = await RankMemory.allocate(gpu, { arenas, named: [], slotBytes: [], uniformBytes: 0 });
    return new HeldParameters(gpu, layout, memory);
  }

  get arena(): GPUBuffer {
    return this.memory.arena('parameters');
  }

  /** For programs that read the parameters. */
  get store(): ParameterStore {
    return arenaStore(this.arena);
  }

  /** By name; names that the model does not have are refused by the caller's checks. */
  write(values: ReadonlyMap<string, Float32Array>): void {
    for (const [name, { offset }] of this.layout.entries) {
      const value = values.get(name);
      if (value) this.gpu.device.queue.writeBuffer(this.arena, 4 * offset, value);
    }
  }

  async read(): Promise<Map<string, Float32Array>> {
    const flat = await readBuffer(this.gpu.device, this.arena, 0, 4 * this.layout.length);
    return new Map(
      [...this.layout.entries].map(([name, { offset, length }]) => [name, flat.subarray(offset, offset + length)]),
    );
  }

  destroy(): void {
    this.memory.destroy();
  }
}
