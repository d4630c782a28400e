// The parameters of low-rank adapters, beside those of the model that they change: names as PEFT has them within the model, shapes, how each
// starts, and in which layer. What trains and what is frozen follows from here. Pure data.

import { type ArenaLayout, layoutArena } from '../../core/arena';
import { ALL_LINEAR, type LoraConfig, loraTargets } from '../../core/loraConfig';
import type { ModelConfig } from '../../core/modelConfig';
import { type Placement, REPLICATE, shardSpans } from '../../parallel/placement';
import { isHiddenMatrix, modelArena, modelShapes, type ParameterShape, weightLayout } from './modelShapes';

/** A linear layer that can have an adapter. */
export interface LinearModule {
  /** transformers' name: the weight's without `.weight`. */
  readonly name: string;
  readonly weight: ParameterShape;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** The weight is [in, out]. */
  readonly inputsFirst: boolean;
}

/** Every linear layer of the blocks, in order of the model. Embeddings and heads are none: their weights may be one. */
export function linearModules(model: ModelConfig): readonly LinearModule[] {
  const inputsFirst = weightLayout(model) === 'conv1d';
  return modelShapes(model)
    .parameters.filter((parameter) => isHiddenMatrix(parameter) && parameter.name.endsWith('.weight'))
    .map((weight) => {
      const [first, second] = weight.shape;
      const name = weight.name.slice(0, -'.weight'.length);
      const [inFeatures, outFeatures] = inputsFirst ? [first, second] : [second, first];
      return { name, weight, inFeatures, outFeatures, inputsFirst };
    });
}

/** Whether a name of target_modules means this module: all of its name, or the end of it from a dot on (PEFT's rule for lists). */
function isTarget(module: string, target: string): boolean {
  return target === ALL_LINEAR || module === target || module.endsWith(`.${target}`);
}

/** The layers that get an adapter; none where r is 0. */
export function loraModules(model: ModelConfig, lora: LoraConfig): readonly LinearModule[] {
  if (lora.r === 0) return [];
  const targets = loraTargets(lora);
  return linearModules(model).filter(({ name }) => targets.some((target) => isTarget(name, target)));
}

/** Names of target_modules that no linear layer of the model has. */
export function unknownTargets(model: ModelConfig, lora: LoraConfig): readonly string[] {
  const modules = linearModules(model);
  return loraTargets(lora).filter((target) => !modules.some(({ name }) => isTarget(name, target)));
}

/** The names that target_modules can have: the ends of module names that differ between modules of a layer. */
export function targetNames(model: ModelConfig): readonly string[] {
  return [ALL_LINEAR, ...new Set(linearModules(model).map(({ weight }) => weight.row.slice(0, -'.weight'.length)))];
}

export function downName(module: string): string {
  return `${module}.lora_A.weight`;
}

export function upName(module: string): string {
  return `${module}.lora_B.weight`;
}

/**
 * Along tp an adapter is divided as its weight is: B by outputs, or A by inputs, the other whole on every rank. Beside a division of inputs what the
 * ranks' adapters give are summands, as their products are; gradients of what is whole are summands, as those of norms are.
 */
function adapterPlacements({ weight, inputsFirst }: LinearModule): {
  readonly down: Placement;
  readonly up: Placement;
} {
  const { placement } = weight;
  if (placement.kind !== 'shard') return { down: REPLICATE, up: REPLICATE };
  const byInputs = (placement.dim === 0) === inputsFirst;
  return byInputs
    ? { down: { ...placement, dim: 1 }, up: REPLICATE }
    : { down: REPLICATE, up: { ...placement, dim: 0 } };
}

/** The run of a module's inputs that a tensor-parallel rank has, by module name; modules whose inputs every rank has are left out. */
export function dividedInputs(
  model: ModelConfig,
  { parts, index }: { readonly parts: number; readonly index: number },
): ReadonlyMap<string, { readonly of: number; readonly first: number }> {
  const divided = new Map<string, { readonly of: number; readonly first: number }>();
  for (const module of linearModules(model)) {
    const { down } = adapterPlacements(module);
    if (parts === 1 || down.kind !== 'shard') continue;
    const [own] = shardSpans(down, module.inFeatures, parts, index);
    divided.set(module.name, { of: module.inFeatures, first: own.start });
  }
  return divided;
}

/**
 * A [r, in] and B [out, r] of each adapter. As PEFT starts them A is uniform by Kaiming's rule with a = sqrt(5), which is within 1 / sqrt(in),
 * and B is zero: before the first step the model is what it was.
 */
export function adapterShapes(model: ModelConfig, lora: LoraConfig): readonly ParameterShape[] {
  return loraModules(model, lora).flatMap((module) => {
    const { name, weight, inFeatures, outFeatures } = module;
    const { down, up } = adapterPlacements(module);
    const shared = { decay: true, readBy: weight.readBy, joined: false } as const;
    const row = weight.row.slice(0, -'.weight'.length);
    return [
      {
        ...shared,
        name: downName(name),
        row: downName(row),
        shape: [lora.r, inFeatures],
        placement: down,
        init: { within: 1 / Math.sqrt(inFeatures) },
      },
      {
        ...shared,
        name: upName(name),
        row: upName(row),
        shape: [outFeatures, lora.r],
        placement: up,
        init: 'zeros',
      },
    ];
  });
}

/** All parameters of a run: those of the model, and those of its adapters. */
export function runParameters(model: ModelConfig, lora: LoraConfig): readonly ParameterShape[] {
  return [...modelShapes(model).parameters, ...adapterShapes(model, lora)];
}

/** Number of values that are trained: all of the model's, or the adapters' alone. */
export function trainedCount(model: ModelConfig, lora: LoraConfig): number {
  const trained = lora.r > 0 ? adapterShapes(model, lora) : modelShapes(model).parameters;
  return trained.reduce((sum, { shape }) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
}

/** The arenas of training on one rank: what is trained, and, with adapters, the model that stays as it is. */
export function trainingArenas(
  model: ModelConfig,
  lora: LoraConfig,
): { readonly layout: ArenaLayout; readonly frozen: ArenaLayout | null } {
  if (lora.r === 0) return { layout: modelArena(model), frozen: null };
  const adapters = adapterShapes(model, lora);
  const layout = layoutArena(adapters.map((parameter) => ({ ...parameter, hiddenMatrix: isHiddenMatrix(parameter) })));
  return { layout, frozen: modelArena(model) };
}
