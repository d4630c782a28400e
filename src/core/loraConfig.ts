// Low-rank adapters as a run's settings, in the words of PEFT's LoraConfig: which linear layers get one, its rank and its scale (Hu et al. 2022).
// With an adapter nothing else is trained. Pure.

import * as v from 'valibot';
import { finite, integer } from './models/schemaParts';

/** As PEFT's target_modules: every linear layer between embedding and head. */
export const ALL_LINEAR = 'all-linear';

export const loraConfigSchema = v.object({
  /** The adapters' rank; 0: the whole model is trained. */
  r: v.optional(integer(0, 1_024), 0),
  /** What the adapters add is multiplied by lora_alpha / r. */
  lora_alpha: v.optional(finite(0.001, 1e6), 16),
  /** Ends of module names, with commas between them (`c_attn,mlp.c_proj`), or `all-linear`. */
  target_modules: v.optional(v.pipe(v.string(), v.maxLength(1_000)), ALL_LINEAR),
  /** Share of an adapter's inputs that are zero in training, drawn anew each step (the weight beside it sees them all). */
  lora_dropout: v.optional(finite(0, 0.99), 0),
  /** lora_alpha / sqrt(r) instead (Kalajdzievski 2023). */
  use_rslora: v.optional(v.boolean(), false),
});
export type LoraConfig = v.InferOutput<typeof loraConfigSchema>;

/** No adapters: the whole model is trained. */
export const noLora: LoraConfig = v.parse(loraConfigSchema, {});

/** The names in target_modules. */
export function loraTargets({ target_modules }: LoraConfig): readonly string[] {
  return target_modules
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** What the product of the two thin matrices is multiplied by. */
export function loraScale({ r, lora_alpha, use_rslora }: LoraConfig): number {
  return lora_alpha / (use_rslora ? Math.sqrt(r) : r);
}
