// Models that the planner knows by name. Numbers are the published configurations'; anything else comes as a config.json (hfConfig.ts).

import type { TransformerShape } from './transformerShape';

export interface ModelPreset {
  readonly id: string;
  readonly shape: TransformerShape;
  /** Tokens a sequence that the model was trained with. */
  readonly sequenceLength: number;
  readonly source: string;
}

/** A GPT-2-like decoder: learned positions, LayerNorm, biases everywhere, a tied head. Megatron-LM's and GPT-3's too. */
export function gptShape(
  name: string,
  sizes: Pick<TransformerShape, 'layers' | 'width' | 'heads' | 'vocabulary' | 'positions'>,
): TransformerShape {
  return {
    name,
    ...sizes,
    keyValueHeads: sizes.heads,
    headDim: sizes.width / sizes.heads,
    innerWidth: 4 * sizes.width,
    gated: false,
    tied: true,
    normBias: true,
    attentionBias: true,
    attentionOutputBias: true,
    innerBias: true,
    headNorms: false,
    normsPerLayer: 2,
    finalNorm: true,
    extraEmbeddings: 0,
    embeddingNorm: false,
    headTransform: false,
    headBias: false,
    causal: true,
  };
}

/** A Llama-like decoder: rotated positions, RMSNorm, gated inner part, no biases, a head of its own. */
export function llamaShape(
  name: string,
  sizes: Pick<TransformerShape, 'layers' | 'width' | 'heads' | 'keyValueHeads' | 'innerWidth' | 'vocabulary'>,
): TransformerShape {
  return {
    ...gptShape(name, { ...sizes, positions: 0 }),
    ...sizes,
    gated: true,
    tied: false,
    normBias: false,
    attentionBias: false,
    attentionOutputBias: false,
    innerBias: false,
  };
}

const llama31 = { vocabulary: 128_256, keyValueHeads: 8 };

export const modelPresets: readonly ModelPreset[] = [
  {
    id: 'gpt2',
    shape: gptShape('GPT-2', { layers: 12, width: 768, heads: 12, vocabulary: 50_257, positions: 1_024 }),
    sequenceLength: 1_024,
    source: 'Radford et al. 2019; openai-community/gpt2',
  },
  {
    id: 'bert-base',
    shape: {
      ...gptShape('BERT-base', { layers: 12, width: 768, heads: 12, vocabulary: 30_522, positions: 512 }),
      causal: false,
      extraEmbeddings: 2,
      embeddingNorm: true,
      finalNorm: false,
      headTransform: true,
      headBias: true,
    },
    sequenceLength: 512,
    source: 'Devlin et al. 2019; google-bert/bert-base-uncased',
  },
  {
    id: 'llama-3.1-8b',
    shape: llamaShape('Llama 3.1 8B', { ...llama31, layers: 32, width: 4_096, heads: 32, innerWidth: 14_336 }),
    sequenceLength: 8_192,
    source: 'Grattafiori et al. 2024, table 3',
  },
  {
    id: 'llama-3.1-70b',
    shape: llamaShape('Llama 3.1 70B', { ...llama31, layers: 80, width: 8_192, heads: 64, innerWidth: 28_672 }),
    sequenceLength: 8_192,
    source: 'Grattafiori et al. 2024, table 3',
  },
  {
    id: 'llama-3.1-405b',
    shape: llamaShape('Llama 3.1 405B', { ...llama31, layers: 126, width: 16_384, heads: 128, innerWidth: 53_248 }),
    sequenceLength: 8_192,
    source: 'Grattafiori et al. 2024, table 3',
  },
  {
    id: 'gpt3-175b',
    shape: gptShape('GPT-3 175B', { layers: 96, width: 12_288, heads: 96, vocabulary: 50_257, positions: 2_048 }),
    sequenceLength: 2_048,
    source: 'Brown et al. 2020, table 2.1',
  },
  {
    id: 'megatron-1t',
    shape: gptShape('Megatron 1T', { layers: 128, width: 25_600, heads: 160, vocabulary: 51_200, positions: 2_048 }),
    sequenceLength: 2_048,
    source: 'Narayanan et al. 2021, table 1',
  },
];
