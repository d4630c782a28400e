// Which pipeline continues texts, of a mesh that somebody asks for. Pure.

import { LabError } from '../core/errors';
import type { LoadOptions, SettingChange } from '../core/records';
import { MAX_RANKS } from '../parallel/mesh';

/** @throws LabError `config.invalid` for a mesh that texts are not divided over */
export function textStages(
  { dp = 1, pp = 1, tp = 1 }: NonNullable<LoadOptions['mesh']>,
  quantized: boolean,
): { readonly stages: number; readonly changes: readonly SettingChange[] } {
  if (pp < 1 || dp < 1 || tp < 1 || pp > MAX_RANKS)
    throw new LabError({
      code: 'config.invalid',
      message: `A mesh of dp ${dp}, pp ${pp}, tp ${tp} cannot be.`,
      why: `Each axis has at least one rank, and a pipeline at most ${MAX_RANKS}.`,
    });
  if (tp > 1)
    throw new LabError({
      code: 'config.invalid',
      message: `Texts are not continued with tensors divided over ranks (tp ${tp}).`,
      why: 'The KV cache and the draw of a token are of whole heads and a whole vocabulary on a rank.',
      advice: 'Divide the layers instead: --mesh pp=N.',
    });
  if (quantized && pp > 1)
    throw new LabError({
      code: 'config.invalid',
      message: 'Weights in 8 or 4 bits are not divided over a pipeline.',
      advice: 'Leave out --mesh, or ask the model in float32.',
    });
  const why = 'a text is continued by one replica';
  return { stages: pp, changes: dp > 1 ? [{ field: 'mesh dp', asked: String(dp), used: 1, why }] : [] };
}
