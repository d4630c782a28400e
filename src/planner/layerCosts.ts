// What one micro-batch costs one rank in a layer, in the embedding and in the head: products and attention by the roofline, element-wise kernels by
// their bytes, tensor-parallel exchanges by their links. Operations: Narayanan et al. 2021, section 5.1; recomputation and sequence parallelism:
// Korthikanti et al. 2022. It knows no schedule and no stage.

import type { ClusterPlan } from './clusterPlan';
import { collectiveMs, groupPlace, messageMs, ringBytesOut } from './collectiveTime';
import type { ProductPrecision } from './hardware';
import {
  accumulateBytes,
  castBytes,
  eagerKernels,
  embeddingBytes,
  fusedKernels,
  type KernelBytes,
  logitBytes,
  scoreBytes,
} from './kernelBytes';
import { type LocalSizes, localSizes } from './localSizes';
import { fusedAttentionMs, type ProductShape, productFlops, productMs, streamMs } from './opTime';
import { type InnerExchange, type PassCost, sumCosts } from './passCost';
import { microBatchesOf } from './planRules';

/** Of one micro-batch; the whole backward is recompute, inputGradient and weightGradient in turn. */
export interface BlockCost {
  readonly forward: PassCost;
  readonly recompute: PassCost;
  readonly inputGradient: PassCost;
  readonly weightGradient: PassCost;
}

export interface MicroBatchCosts {
  readonly layer: BlockCost;
  readonly embedding: BlockCost;
  readonly head: BlockCost;
}

export function microBatchCosts(plan: ClusterPlan): MicroBatchCosts {
  const sizes = localSizes(plan);
  return { layer: layerCost(plan, sizes), embedding: embeddingCost(plan, sizes), head: headCost(plan, sizes) };
}

const none: PassCost = { computeMs: 0, flops: 0, exchanges: [] };

function layerCost(plan: ClusterPlan, sizes: LocalSizes): BlockCost {
  const linear = linearProducts(plan, sizes);
  const { precision, recomputation, fusedAttention, compiled } = plan;
  const forward = products(plan, precision, linear, 1);
  const attention = attentionCost(plan, sizes);
  const kernels = elementwise(plan, sizes);
  const whole = sumCosts([forward, attention.forward, kernels.forward, tensorExchanges(plan, sizes, 'forward')]);
  // What nobody reads is not computed again where a compiler looks: the layer's last product and its exchange.
  const needed = compiled ? linear.slice(0, -1) : linear;
  const again: Readonly<Record<typeof recomputation, () => PassCost>> = {
    none: () => none,
    selective: () =>
      fusedAttention
        ? // Every second product is kept, and attention (torchtitan's selective checkpointing by operation).
          sumCosts([
            products(
              plan,
              precision,
              linear.filter((_, index) => index % 2 === 1 && (!compiled || index < linear.length - 1)),
              1,
            ),
            kernels.forward,
            tensorExchanges(plan, sizes, 'gathers'),
          ])
        : attention.forward,
    full: () =>
      sumCosts([
        products(plan, precision, needed, 1),
        attention.forward,
        kernels.forward,
        tensorExchanges(plan, sizes, compiled ? 'again' : 'forward'),
      ]),
  };
  return {
    forward: whole,
    recompute: again[recomputation](),
    inputGradient: sumCosts([forward, attention.backward, kernels.backward, tensorExchanges(plan, sizes, 'backward')]),
    weightGradient: sumCosts([forward, accumulation(plan, sizes.layerWeights)]),
  };
}

/** Products of a layer with its weights, in the order of the forward pass. */
function linearProducts({ model }: ClusterPlan, sizes: LocalSizes): ProductShape[] {
  const { tokens: m, queryWidth, keyWidth, innerWidth } = sizes;
  const { width } = model;
  const inward = (n: number): ProductShape => ({ m, k: width, n, count: 1 });
  const outward = (k: number): ProductShape => ({ m, k, n: width, count: 1 });
  // Models of one time multiply queries, keys and values at once, those of the other one by one.
  const entry = model.gated ? [queryWidth, keyWidth, keyWidth] : [queryWidth + 2 * keyWidth];
  const rise = model.gated ? [innerWidth, innerWidth] : [innerWidth];
  return [...entry.map(inward), outward(queryWidth), ...rise.map(inward), outward(innerWidth)];
}

function products(
  { hardware }: ClusterPlan,
  precision: ProductPrecision,
  shapes: readonly ProductShape[],
  count: number,
): PassCost {
  const cast = ({ m, k, n }: ProductShape) => (precision === 'fp8' ? castBytes * (m * k + k * n) : 0);
  return {
    computeMs: shapes.reduce(
      (sum, shape) => sum + count * (productMs(hardware, precision, shape) + streamMs(hardware, cast(shape))),
      0,
    ),
    flops: shapes.reduce((sum, shape) => sum + count * productFlops(shape), 0),
    exchanges: [],
  };
}

function attentionCost(
  plan: ClusterPlan,
  { rows, tokens, heads, seen }: LocalSizes,
): { readonly forward: PassCost; readonly backward: PassCost } {
  const { hardware, model, sequenceLength, fusedAttention, contextParallel } = plan;
  if (fusedAttention) {
    // Two products of each query with what it sees; backward computes the scores again: five (Dao et al. 2022, appendix B).
    const flops = 4 * tokens * seen * heads * model.headDim;
    const pass = (times: number): PassCost => {
      const computeMs = fusedAttentionMs(hardware, plan.precision, times * flops);
      return { computeMs, flops: times * flops, exchanges: contextExchange(plan, times, computeMs) };
    };
    return { forward: pass(1), backward: pass(2.5) };
  }
  const count = rows * heads;
  const own = sequenceLength / contextParallel;
  const shapes: ProductShape[] = [
    { m: own, k: model.headDim, n: sequenceLength, count },
    { m: own, k: sequenceLength, n: model.headDim, count },
  ];
  const precision = plan.precision === 'fp8' ? 'bf16' : plan.precision;
  const scores = count * own * sequenceLength;
  const pass = (times: number, bytes: number): PassCost =>
    sumCosts([products(plan, precision, shapes, times), stream(plan, bytes * scores)]);
  return { forward: pass(1, scoreBytes.forward), backward: pass(2, scoreBytes.backward) };
}

/** Keys and values go round the ring beside attention; what is longer than that waits (Liu et al. 2023). */
function contextExchange(plan: ClusterPlan, times: number, besideMs: number): InnerExchange[] {
  const { contextParallel, hardware, mesh } = plan;
  if (contextParallel === 1) return [];
  const { tokens, keyWidth } = localSizes(plan);
  const calls = contextParallel - 1;
  // Backward carries their gradients too.
  const bytes = 4 * tokens * keyWidth * (times > 1 ? 2 : 1);
  const milliseconds = calls * messageMs(hardware, groupPlace(mesh, 'cp', contextParallel), bytes);
  const exposedMilliseconds = Math.max(0, milliseconds - besideMs);
  const what = 'keys and values';
  return [{ collective: 'send', axis: 'dp', what, calls, bytesOut: calls * bytes, milliseconds, exposedMilliseconds }];
}

function stream({ hardware }: ClusterPlan, bytes: number): PassCost {
  return { computeMs: streamMs(hardware, bytes), flops: 0, exchanges: [] };
}

function elementwise(
  plan: ClusterPlan,
  sizes: LocalSizes,
): { readonly forward: PassCost; readonly backward: PassCost } {
  const { model, compiled } = plan;
  const kernels = compiled ? fusedKernels : eagerKernels;
  const { tokens, ownTokens, queryWidth, keyWidth, innerWidth } = sizes;
  const stream16 = ownTokens * model.width;
  const values: (readonly [KernelBytes, number])[] = [
    [model.normBias ? kernels.layerNorm : kernels.rmsNorm, model.normsPerLayer * stream16],
    [kernels.add, 2 * stream16],
    [kernels.layout, tokens * (queryWidth + 2 * keyWidth)],
    [model.gated ? kernels.gate : kernels.gelu, tokens * innerWidth],
  ];
  if (model.positions === 0) values.push([kernels.rotate, tokens * (queryWidth + keyWidth)]);
  const bytes = (pass: keyof KernelBytes) => values.reduce((sum, [each, count]) => sum + each[pass] * count, 0);
  return { forward: stream(plan, bytes('forward')), backward: stream(plan, bytes('backward')) };
}

type ExchangePhase = 'forward' | 'backward' | 'again' | 'gathers';

/**
 * A layer's exchanges over tp: two sums a pass (Shoeybi et al. 2019), or as many gathers and scattered sums where the stream between is divided too
 * (Korthikanti et al. 2022). `again`: without the layer's last; `gathers`: without sums, which are kept.
 */
function tensorExchanges(plan: ClusterPlan, { tokens }: LocalSizes, phase: ExchangePhase): PassCost {
  const { mesh, model, precision, sequenceParallel } = plan;
  if (mesh.tp === 1) return none;
  const bytes = tokens * model.width * (precision === 'f32' ? 4 : 2);
  const sums = phase === 'gathers' ? 0 : phase === 'again' ? 1 : 2;
  // What goes into an fp8 product travels in 8 bits.
  const gatherBytes = precision === 'fp8' && phase !== 'backward' ? bytes / 2 : bytes;
  const exchanges = sequenceParallel
    ? [exchange(plan, 'allGather', gatherBytes, 2), exchange(plan, 'reduceScatter', bytes, sums)]
    : [exchange(plan, 'allReduce', bytes, sums)];
  return { computeMs: 0, flops: 0, exchanges };
}

function exchange(
  { hardware, mesh, overlappedTensor, contextParallel }: ClusterPlan,
  collective: 'allReduce' | 'allGather' | 'reduceScatter',
  bytes: number,
  calls: number,
): InnerExchange {
  const milliseconds = calls * collectiveMs(hardware, groupPlace(mesh, 'tp', contextParallel), collective, bytes);
  return {
    collective,
    axis: 'tp',
    what: 'activations',
    calls,
    bytesOut: calls * ringBytesOut(collective, mesh.tp, bytes),
    milliseconds,
    exposedMilliseconds: milliseconds * (overlappedTensor ? 1 - hardware.efficiency.overlap : 1),
  };
}

/** Gradients of further micro-batches are added to the first's. */
function accumulation(plan: ClusterPlan, weights: number): PassCost {
  return microBatchesOf(plan) > 1 ? stream(plan, accumulateBytes * weights) : none;
}

function embeddingCost(plan: ClusterPlan, { tokens, ownTokens }: LocalSizes): BlockCost {
  const { model, mesh, precision, sequenceParallel } = plan;
  const bytes = tokens * model.width * (precision === 'f32' ? 4 : 2);
  const collective = sequenceParallel ? 'reduceScatter' : 'allReduce';
  const sum: PassCost =
    mesh.tp === 1 ? none : { computeMs: 0, flops: 0, exchanges: [exchange(plan, collective, bytes, 1)] };
  return {
    forward: sumCosts([stream(plan, embeddingBytes.forward * ownTokens * model.width), sum]),
    recompute: none,
    inputGradient: none,
    weightGradient: stream(plan, embeddingBytes.backward * tokens * model.width),
  };
}

function headCost(plan: ClusterPlan, { tokens, vocabulary, headWeights }: LocalSizes): BlockCost {
  const { model, mesh, precision, sequenceParallel } = plan;
  // The head stays in 16 bits where layers are in 8 (torchtitan leaves it out).
  const inner = precision === 'fp8' ? 'bf16' : precision;
  const product = products(plan, inner, [{ m: tokens, k: model.width, n: vocabulary, count: 1 }], 1);
  const bytes = tokens * model.width * (precision === 'f32' ? 4 : 2);
  const shared = mesh.tp > 1;
  const gather: PassCost =
    shared && sequenceParallel ? { ...none, exchanges: [exchange(plan, 'allGather', bytes, 1)] } : none;
  const sum: PassCost = shared
    ? { ...none, exchanges: [exchange(plan, sequenceParallel ? 'reduceScatter' : 'allReduce', bytes, 1)] }
    : none;
  const logits = tokens * vocabulary;
  return {
    forward: sumCosts([product, gather, stream(plan, logitBytes.forward * logits)]),
    recompute: none,
    inputGradient: sumCosts([product, sum, stream(plan, logitBytes.backward * logits)]),
    weightGradient: sumCosts([product, accumulation(plan, headWeights)]),
  };
}
