// A student's configuration from its teacher's: the same family and vocabulary in other sizes, and the steps that it learns in. What does not fit is
// listed, as for any run. Pure.

import { checkRunConfig } from './configCheck';
import type { FieldIssue } from './errors';
import { type ModelConfig, modelSizes, sizeField } from './modelConfig';
import { defaultRunConfig, type RunConfig } from './runConfig';

export interface StudentSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
}

/** Of a run's steps, the most that warm up where the run's own warm-up was made for more of them. */
const WARMUP_SHARE = 0.1;

/** Half of everything, with heads as wide as the teacher's. */
export function halfOf(teacher: ModelConfig): StudentSizes {
  const { layers, width, heads } = modelSizes(teacher);
  const half = Math.max(1, Math.floor(heads / 2));
  return { layers: Math.max(1, Math.floor(layers / 2)), width: half * Math.floor(width / heads), heads: half };
}

/**
 * @param base text and training of the run, of which the student takes what its model allows; on one worker, trained whole
 * @returns as checkRunConfig, with issues where sizes or steps cannot be as asked
 */
export function studentRun(
  teacher: ModelConfig,
  base: Pick<RunConfig, 'data' | 'train'>,
  sizes: StudentSizes,
  steps: number,
): { readonly config: RunConfig; readonly issues: readonly FieldIssue[] } {
  const { positions } = modelSizes(teacher);
  const { train } = base;
  const fitting = {
    ...train,
    steps,
    sequenceLength: Math.min(train.sequenceLength, positions),
    warmupSteps: Math.min(train.warmupSteps, Math.floor(WARMUP_SHARE * steps)),
    decaySteps: Math.min(train.decaySteps, Math.floor(WARMUP_SHARE * steps)),
  };
  const model = { ...teacher, ...sizedFields(teacher, sizes) };
  return checkRunConfig({ model, data: base.data, train: fitting }, { ...defaultRunConfig, model: teacher });
}

/** Sizes under the family's names; its inner width and its heads of keys in the teacher's proportions. */
function sizedFields(teacher: ModelConfig, { layers, width, heads }: StudentSizes): Readonly<Record<string, unknown>> {
  const own = modelSizes(teacher);
  const inner = Math.max(1, Math.round((own.inner * width) / own.width));
  const named = {
    [sizeField(teacher, 'layers')]: layers,
    [sizeField(teacher, 'width')]: width,
    [sizeField(teacher, 'heads')]: heads,
  };
  switch (teacher.model_type) {
    case 'gpt2':
      return { ...named, n_inner: teacher.n_inner === null ? null : inner };
    case 'bert':
    case 'roberta':
      return { ...named, intermediate_size: inner };
    case 'distilbert':
      return { ...named, hidden_dim: inner };
    case 'llama':
    case 'qwen2':
    case 'qwen3':
    case 'mistral': {
      const shared = own.heads / own.kvHeads;
      const kvHeads = heads % shared === 0 ? heads / shared : heads;
      // In whole eights, as likeModel has it.
      const even = 8 * Math.ceil(inner / 8);
      return { ...named, num_key_value_heads: kvHeads, head_dim: null, intermediate_size: even };
    }
  }
}
