// Plans generation without touching a device: the prefill and decode programs of a model, or of one stage of a pipeline, over one KV cache, and
// all the memory that texts of any length need, so that nothing is reserved while they grow.

import type { ArenaLayout } from '../core/arena';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { Tensor } from '../gpu/graph';
import type { KernelCatalog } from '../gpu/kernelCatalog';
import type { KernelChoices } from '../gpu/kernelChoices';
import { mergeSlots, planMemory } from '../gpu/memoryPlan';
import { draftResultWords } from '../gpu/plans/acceptDraft';
import { LONG_CONTEXT } from '../gpu/plans/cachedAttention';
import { SAMPLING_WORDS, seenWords } from '../gpu/plans/sampleToken';
import { type ProgramPlan, uniformBytes } from '../gpu/program';
import type { QuantizedWeights } from '../gpu/quantizedWeights';
import type { MemoryRequest } from '../gpu/rankMemory';
import { Trace } from '../gpu/trace';
import { cacheElements, type TextCache, traceDecode, tracePrefill } from '../model/modelText';
import type { StageSpan } from '../parallel/stages';

/** Names of the buffers beside the parameters. */
export const decodeBuffers = {
  /** u32 [B, chunk] */
  prompt: 'prompt chunk',
  /** u32 [B]: the token that each text goes on from; decoding leaves the next one here. */
  tokens: 'last tokens',
  firstPositions: 'first positions',
  /** i32 [B] */
  targets: 'targets',
  sampling: 'sampling',
  seen: 'seen tokens',
  /** [B * V]: what a draft's last tokens were drawn from. */
  probabilities: 'probabilities',
  /** u32 [B * (drafted + 1)]: the last token of each text, then those that were proposed. */
  draft: 'draft',
  /** [B * drafted * V]: what they were drawn from. */
  draftProbabilities: 'probabilities of the draft',
  /** u32 [B * draftResultWords]: what each text got of them. */
  draftResults: 'results of the draft',
  cache: (layer: number): string => `keys and values ${layer}`,
} as const;

/** Prompt tokens that one prefill takes at once: enough to keep a GPU busy, few enough that short prompts are not padded much. */
const LONGEST_CHUNK = 64;

/** A tensor that stages hand on, in each of the two programs. */
export interface StageTensor {
  /** [B chunk, C] */
  readonly prefill: Tensor;
  /** [B, C] */
  readonly decode: Tensor;
}

/** What decoding ends with. */
export type DecodeRole =
  /** Tokens are drawn. */
  | { readonly kind: 'draw' }
  /** The `top` best tokens are ranked, none is drawn. */
  | { readonly kind: 'rank'; readonly top: number }
  /** Tokens are drawn as proposals to another model: what from is kept. */
  | { readonly kind: 'draft' }
  /** Tokens are drawn, or `drafted` proposals to each text judged at once. */
  | { readonly kind: 'judge'; readonly drafted: number };

export interface DecodePlan {
  readonly model: ModelConfig;
  readonly stage: StageSpan;
  readonly texts: number;
  /** Tokens of each text in one prefill. */
  readonly chunk: number;
  /** Keys of the longest text above which decoding attends as in long contexts. */
  readonly longContext: number;
  readonly prefill: ProgramPlan;
  readonly decode: ProgramPlan;
  /** Of a draft: puts the last token of each text into the cache, and draws none. Of a judge: judges what was proposed. Else null. */
  readonly speculate: ProgramPlan | null;
  readonly slotMaps: Readonly<Record<'prefill' | 'decode' | 'speculate', readonly number[]>>;
  /** What the stage before put out; null where this one embeds tokens. */
  readonly input: StageTensor | null;
  /** [B, rankingStride(top)] of the decode program; null where tokens are drawn. */
  readonly ranking: Tensor | null;
  /** Null where this stage draws or ranks tokens. */
  readonly output: StageTensor | null;
  /** Without parameters: they are somebody else's. */
  readonly memory: MemoryRequest;
}

/**
 * @param stage the whole model, or what one stage of a pipeline has of it
 * @param texts that are continued side by side, each with a length of its own
 * @param quantized weights that are read in fewer bits
 * @param role of a stage with the head; drafts and their judges are whole models
 */
export function planDecode(
  model: ModelConfig,
  stage: StageSpan,
  layout: ArenaLayout,
  texts: number,
  choices: KernelChoices,
  catalog: KernelCatalog,
  quantized: QuantizedWeights | null,
  role: DecodeRole = { kind: 'draw' },
): DecodePlan {
  const { positions: capacity, width, vocabulary } = modelSizes(model);
  const ownLayers = Array.from({ length: stage.endLayer - stage.firstLayer }, (_, index) => stage.firstLayer + index);
  const elements = cacheElements(model);
  const chunk = Math.min(capacity, LONGEST_CHUNK);
  const cacheOf = (trace: Trace): TextCache => ({
    firstPositions: trace.named(decodeBuffers.firstPositions, [texts], 'u32'),
    layers: ownLayers.map((layer) =>
      trace.named(decodeBuffers.cache(layer), [texts, capacity, elements / capacity], 'f32'),
    ),
  });
  const lowered = (trace: Trace, handedOn: Tensor | null): ProgramPlan => {
    const { calls } = trace.lower(choices, catalog, { differentiate: 'no', quantized });
    return { calls, memory: planMemory(calls, handedOn ? [handedOn] : []) };
  };
  const streamOf = (trace: Trace, rows: number): Tensor => trace.given('stage input', [rows, width]);

  const filling = new Trace(layout);
  const prompt = stage.embedding
    ? filling.named(decodeBuffers.prompt, [texts * chunk], 'u32')
    : streamOf(filling, texts * chunk);
  const shape = { batch: texts, tokens: chunk };
  const filled = tracePrefill(filling, model, stage, shape, prompt, cacheOf(filling));
  const prefill = lowered(filling, filled);

  const decoding = new Trace(layout);
  const tokens = decoding.named(decodeBuffers.tokens, [texts], 'u32');
  const last = stage.embedding ? tokens : streamOf(decoding, texts);
  const decoded = traceDecode(decoding, model, stage, { batch: texts, tokens: 1 }, last, cacheOf(decoding));
  let ranking: Tensor | null = null;
  const drawing = (trace: Trace): { sampling: Tensor; seen: Tensor; tokens: Tensor } => ({
    sampling: trace.named(decodeBuffers.sampling, [SAMPLING_WORDS], 'u32'),
    seen: trace.named(decodeBuffers.seen, [texts * seenWords(vocabulary)], 'u32'),
    tokens: trace === decoding ? tokens : trace.named(decodeBuffers.tokens, [texts], 'u32'),
  });
  if (stage.head && role.kind === 'rank') {
    const { top } = role;
    // What is said of a target is not read: any token stands there.
    const targets = decoding.named(decodeBuffers.targets, [texts], 'i32');
    ({ ranking } = decoding.apply('topTokens', { logits: decoded, targets }, { top }, ['ranking']));
  } else if (stage.head) {
    const kept =
      role.kind === 'draft'
        ? { probabilities: decoding.named(decodeBuffers.probabilities, [texts * vocabulary], 'f32') }
        : {};
    decoding.apply('sampleToken', { logits: decoded, ...drawing(decoding), ...kept }, {});
  }
  const decode = lowered(decoding, stage.head ? null : decoded);

  const drafted = role.kind === 'judge' ? role.drafted : 0;
  const speculating = new Trace(layout);
  let speculate: ProgramPlan | null = null;
  if (role.kind === 'draft') {
    const shape = { batch: texts, tokens: 1 };
    const own = speculating.named(decodeBuffers.tokens, [texts], 'u32');
    speculate = lowered(speculating, tracePrefill(speculating, model, stage, shape, own, cacheOf(speculating)));
  } else if (role.kind === 'judge') {
    const rows = texts * (drafted + 1);
    const draft = speculating.named(decodeBuffers.draft, [rows], 'u32');
    const cache = cacheOf(speculating);
    const logits = traceDecode(speculating, model, stage, { batch: texts, tokens: drafted + 1 }, draft, cache);
    const q = speculating.named(decodeBuffers.draftProbabilities, [texts * drafted * vocabulary], 'f32');
    const results = speculating.named(decodeBuffers.draftResults, [texts * draftResultWords(drafted)], 'u32');
    const { firstPositions } = cache;
    speculating.apply(
      'acceptDraft',
      { logits, draft, q, results, firstPositions, ...drawing(speculating) },
      { drafted },
    );
    speculate = lowered(speculating, null);
  }

  const merged = mergeSlots([prefill.memory, decode.memory, ...(speculate ? [speculate.memory] : [])]);
  const small = [
    { name: decodeBuffers.prompt, bytes: 4 * texts * chunk },
    { name: decodeBuffers.tokens, bytes: 4 * texts },
    { name: decodeBuffers.firstPositions, bytes: 4 * texts },
    { name: decodeBuffers.targets, bytes: 4 * texts },
    { name: decodeBuffers.sampling, bytes: 4 * SAMPLING_WORDS },
    { name: decodeBuffers.seen, bytes: 4 * texts * seenWords(vocabulary) },
    ...(role.kind === 'draft' ? [{ name: decodeBuffers.probabilities, bytes: 4 * texts * vocabulary }] : []),
    ...(drafted === 0
      ? []
      : [
          { name: decodeBuffers.draft, bytes: 4 * texts * (drafted + 1) },
          { name: decodeBuffers.draftProbabilities, bytes: 4 * texts * drafted * vocabulary },
          { name: decodeBuffers.draftResults, bytes: 4 * texts * draftResultWords(drafted) },
        ]),
  ];
  const caches = ownLayers.map((layer) => ({ name: decodeBuffers.cache(layer), bytes: 4 * texts * elements }));
  return {
    model,
    stage,
    texts,
    chunk,
    longContext: LONG_CONTEXT[choices.family],
    prefill,
    decode,
    speculate,
    input: stage.embedding ? null : { prefill: prompt, decode: last },
    ranking,
    output: filled === null ? null : { prefill: filled, decode: decoded },
    slotMaps: {
      prefill: merged.slotMaps[0],
      decode: merged.slotMaps[1],
      speculate: merged.slotMaps[2] ?? [],
    },
    memory: {
      arenas: { parameters: 0, gradients: 0, moment1: 0, moment2: 0 },
      named: [...small, ...caches].map((buffer) => ({ ...buffer, kind: 'inputs' })),
      slotBytes: merged.slotBytes,
      uniformBytes: uniformBytes([prefill, decode, ...(speculate ? [speculate] : [])]),
    },
  };
}
