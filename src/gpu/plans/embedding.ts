// Plans the token and position embedding, and its gradients as gathers.

import { bitsOf, groupLength, type QuantizedLayout, scaleStride } from '../../core/quantization/scheme';
import { planColumnStrips } from './columnStrips';
import { planElementwise } from './elementwise';
import { foldWorkgroups, type PlanFamily, type PlannedDispatch } from './plannedDispatch';

export interface EmbeddingProblem {
  readonly batch: number;
  /** Tokens a sequence; rows = batch * tokens. */
  readonly tokens: number;
  readonly columns: number;
  readonly vocabulary: number;
  readonly positions: boolean;
}

/** Workgroups that fill any GPU; beyond them a workgroup takes several vocabulary rows. */
const WORKGROUPS = 8192;
const LARGEST_TOKENS_PER_GROUP = 32;

/**
 * Tensors: tokens (u32), wte, wpe (with positions), x; where texts go on from places of their own, first_positions (u32) too.
 * @param places rows of wpe, for such texts
 * @param quantized of the table, where wte is codes; then wte_scales too
 */
export function planEmbeddingForward(
  problem: EmbeddingProblem,
  family: PlanFamily,
  places?: number,
  quantized?: QuantizedLayout,
): PlannedDispatch[] {
  const { batch, tokens, columns, positions } = problem;
  const count = batch * tokens * columns;
  const { vec4, overrides, workgroups } = planElementwise(count, family, columns);
  return [
    {
      kernel: 'embedding_forward',
      flags: {
        VEC4: vec4,
        POSITIONS: positions,
        PLACED: places !== undefined,
        BITS: quantized ? bitsOf(quantized.scheme) : 0,
      },
      overrides,
      params: {
        count,
        columns,
        tokens,
        ...(places === undefined ? {} : { positions: places }),
        ...(quantized
          ? {
              words: 4 * quantized.vectors,
              group: groupLength(quantized),
              scale_stride: scaleStride(quantized.outputs),
            }
          : {}),
      },
      workgroups,
      flops: positions ? count : 0,
      bytes: 4 * (positions ? 3 : 2) * count + 4 * batch * tokens,
    },
  ];
}

/** Tensors: order (u32), starts (u32), d_x, d_wte (+=), the first two from buildTokenIndex. */
export function planEmbeddingBackwardToken(problem: EmbeddingProblem, family: PlanFamily): PlannedDispatch[] {
  const { batch, tokens, columns, vocabulary } = problem;
  const vec4 = columns % 4 === 0;
  const { lanes, strip, count } = planColumnStrips(columns, vec4, family);
  const rows = batch * tokens;
  // Starting a workgroup for a token that does not occur costs more than looking at it.
  const tokensPerGroup = Math.min(LARGEST_TOKENS_PER_GROUP, Math.ceil((count * vocabulary) / WORKGROUPS));
  return [
    {
      kernel: 'embedding_backward_token',
      flags: { LANES: lanes, STRIP: strip, VEC4: vec4 },
      overrides: {},
      params: { vocabulary, columns, tokens_per_group: tokensPerGroup },
      workgroups: foldWorkgroups(count * Math.ceil(vocabulary / tokensPerGroup)),
      flops: rows * columns,
      bytes: 4 * (rows * columns + 2 * Math.min(rows, vocabulary) * columns + rows + vocabulary),
    },
  ];
}

/** Rows of the stream [N, C], or a run of them. */
export interface PositionsProblem {
  readonly rows: number;
  readonly columns: number;
  /** Tokens a sequence. */
  readonly tokens: number;
  /** The row of the stream that row 0 is. */
  readonly firstRow: number;
}

/** Tensors: d_x, d_wpe (+=, its first `tokens` rows). */
export function planEmbeddingBackwardPosition(problem: PositionsProblem, family: PlanFamily): PlannedDispatch[] {
  const { rows, tokens, columns, firstRow } = problem;
  const count = tokens * columns;
  const elements = rows * columns;
  const firstElement = (firstRow % tokens) * columns;
  const { vec4, overrides, workgroups } = planElementwise(count, family, firstElement % 4 === 0 ? elements : 1);
  return [
    {
      kernel: 'embedding_backward_position',
      flags: { VEC4: vec4 },
      overrides,
      params: { count, elements, first_element: firstElement },
      workgroups,
      flops: elements,
      bytes: 4 * (elements + 2 * count),
    },
  ];
}
