// GPT-2's parameters: names, shapes, how each starts and whether it decays. Pure data, read by the model, the planner
// and the importers alike. It must not know about GPUs or files.

import { type ArenaLayout, layoutArena } from '../../core/arena';
import type { Gpt2Config } from '../../core/runConfig';

/**
 * How a parameter starts. `normal`: standard deviation initializer_range. `residual`: the same divided by
 * sqrt(2 * n_layer), for the projections that write to the residual stream (Radford et al. 2019, 2.3, as transformers does).
 */
export type ParameterInit = 'normal' | 'zeros' | 'ones' | 'residual';

export interface ParameterShape {
  /** transformers' name, with the `transformer.` prefix. */
  readonly name: string;
  /** Conv1D weights are [in, out]; biases and norms [C]. */
  readonly shape: readonly number[];
  /** Weight decay applies: tensors of 2 or more dims. */
  readonly decay: boolean;
  readonly init: ParameterInit;
}

/** Pictures ask for the same list at every move of a hand: making its names anew is most of what a map of the tensors costs. */
const lists = new WeakMap<Gpt2Config, readonly ParameterShape[]>();

/**
 * All parameters in their global order: wte [V, C], wpe [P, C], the blocks, ln_f, and lm_head [V, C] where it is untied.
 * @param config vocab_size must be resolved (not 0)
 */
export function gpt2Parameters(config: Gpt2Config): readonly ParameterShape[] {
  const listed = lists.get(config);
  if (listed) return listed;
  const list = listParameters(config);
  lists.set(config, list);
  return list;
}

function listParameters(config: Gpt2Config): readonly ParameterShape[] {
  const { vocab_size: V, n_positions: P, n_embd: C, n_layer: L } = config;
  const F = config.n_inner ?? 4 * C;
  const list: ParameterShape[] = [];
  const add = (name: string, shape: readonly number[], init: ParameterInit): void => {
    list.push({ name, shape, decay: shape.length >= 2, init });
  };
  const addNorm = (name: string): void => {
    add(`${name}.weight`, [C], 'ones');
    add(`${name}.bias`, [C], 'zeros');
  };
  const addConv1d = (name: string, inputs: number, outputs: number, init: ParameterInit): void => {
    add(`${name}.weight`, [inputs, outputs], init);
    add(`${name}.bias`, [outputs], 'zeros');
  };
  add('transformer.wte.weight', [V, C], 'normal');
  add('transformer.wpe.weight', [P, C], 'normal');
  for (let layer = 0; layer < L; layer++) {
    const block = `transformer.h.${layer}`;
    addNorm(`${block}.ln_1`);
    addConv1d(`${block}.attn.c_attn`, C, 3 * C, 'normal');
    addConv1d(`${block}.attn.c_proj`, C, C, 'residual');
    addNorm(`${block}.ln_2`);
    addConv1d(`${block}.mlp.c_fc`, C, F, 'normal');
    addConv1d(`${block}.mlp.c_proj`, F, C, 'residual');
  }
  addNorm('transformer.ln_f');
  if (!config.tie_word_embeddings) add('lm_head.weight', [V, C], 'normal');
  return list;
}

/** The whole model's arena, as training on one rank, reading and generation share it. */
export function gpt2Arena(config: Gpt2Config): ArenaLayout {
  return layoutArena(
    gpt2Parameters(config).map((parameter) => ({
      ...parameter,
      hiddenMatrix: parameter.shape.length === 2 && parameter.name.startsWith('transformer.h.'),
    })),
  );
}

/** Number of trained values; a tied head is counted once. Closed form, so that a form can ask at each keystroke. */
export function parameterCount(config: Gpt2Config): number {
  const { vocab_size: V, n_positions: P, n_embd: C, n_layer: L } = config;
  const F = config.n_inner ?? 4 * C;
  const block = 4 * C + (C * 3 * C + 3 * C) + (C * C + C) + (C * F + F) + (F * C + C);
  return V * C + P * C + L * block + 2 * C + (config.tie_word_embeddings ? 0 : V * C);
}
