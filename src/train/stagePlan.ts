// Plans one stage of a rank: traces it for training and for evaluation, lowers both, and cuts them into the parts that a plan orders.
// No device; it knows nothing of what the rank stores.

import type { ArenaLayout } from '../core/arena';
import { modelSizes } from '../core/modelConfig';
import { partition } from '../core/partition';
import { byteLength, type ProgramCall, type Tensor } from '../gpu/graph';
import type { KernelCatalog } from '../gpu/kernelCatalog';
import type { KernelChoices } from '../gpu/kernelChoices';
import { planMemory } from '../gpu/memoryPlan';
import type { ProgramPlan } from '../gpu/program';
import { type TensorMoment, Trace } from '../gpu/trace';
import { type ModelPart, type StackOutputs, traceModel } from '../model/modelStack';
import type { MeshLayout } from '../parallel/meshLayout';
import type { PlanMode } from '../parallel/planModes';
import type { StageShape } from '../parallel/rankShape';
import type { StageSpan } from '../parallel/stages';
import type { ComputePass } from '../parallel/stepPlan';
import { adapterOptions } from './adapterOptions';
import { batchTensors, runShape } from './batchTensors';
import { bufferNames } from './bufferNames';
import type { MeshSpec } from './meshSpec';
import { cutParts, type StagePart } from './stageParts';

/** One stage as this rank computes it. */
export interface StageProgramPlan {
  readonly span: StageSpan;
  readonly train: ProgramPlan;
  /** Where tensors of the training program can be looked at. */
  readonly moments: readonly TensorMoment[];
  readonly evaluation: ProgramPlan;
  readonly trainParts: Readonly<Partial<Record<ComputePass, readonly StagePart[]>>>;
  readonly evaluationParts: readonly StagePart[];
  /** What the stage before sends; null for the first. */
  readonly input: { readonly train: Tensor; readonly evaluation: Tensor } | null;
  /** What goes to the next stage; null for the last. */
  readonly output: { readonly train: Tensor; readonly evaluation: Tensor } | null;
  /** The gradient of `input`, sent back; null for the first. */
  readonly inputGradient: Tensor | null;
  /** Kept tensors of the evaluation program; empty unless keepOutputs. */
  readonly outputs: StackOutputs;
}

export function planStage(
  spec: MeshSpec,
  { microBatchRows }: MeshLayout,
  { layout, frozen }: { readonly layout: ArenaLayout; readonly frozen: ArenaLayout | null },
  part: ModelPart,
  split: boolean,
  choices: KernelChoices,
  catalog: KernelCatalog,
): StageProgramPlan {
  const { model, train, parallel } = spec;
  const { stage: span, split: tensorSplit } = part;
  const shape = runShape(microBatchRows, train.sequenceLength, train);
  const rows = shape.batch * shape.tokens;
  const ownRows = partition(rows, tensorSplit.parts)[tensorSplit.index].length;
  const cut = {
    gathered: parallel.zero >= 3 && parallel.dp > 1,
    reduced: parallel.dp > 1 || parallel.tp > 1 || parallel.pp > 1,
  };

  const traceStage = (training: boolean) => {
    const trace = new Trace(layout, frozen);
    const keep = spec.keepOutputs && !training;
    const options = {
      keep,
      training,
      ...(frozen ? { adapters: adapterOptions(model, spec.lora, tensorSplit) } : {}),
    };
    const { tokens, mask, goal } = batchTensors(trace, model, shape, part, training);
    const source = tokens ?? trace.given('stage input', [ownRows, modelSizes(model).width]);
    const stack = traceModel(trace, model, shape, { source, mask }, options, part, goal);
    return { trace, stack, input: 'tokens' in source ? null : source };
  };

  const training = traceStage(true);
  const { final } = training.stack;
  const seeds = span.head
    ? []
    : [{ output: final, gradient: training.trace.named(bufferNames.outputGradient, final.shape, 'f32') }];
  // The first stage has nobody to send its gradient to; its input gradient ends where its stream begins.
  const root = training.input ?? training.stack.hiddenStates[0];
  const lowered = training.trace.lower(choices, catalog, {
    differentiate: split ? 'split' : 'whole',
    seeds,
    wanted: [root],
  });
  const inputGradient = training.input ? lowered.gradientOf(training.input) : null;
  const kept = [...(inputGradient ? [inputGradient] : []), ...(span.head ? [] : [final])];
  const evaluating = traceStage(false);
  const evaluation = evaluating.trace.lower(choices, catalog, { differentiate: 'no' }).calls;
  const evaluationKept = span.head ? [] : [evaluating.stack.final];
  const bySegment = (segment: ComputePass): readonly ProgramCall[] =>
    lowered.calls.filter((call) => call.segment === segment);
  const passes: readonly ComputePass[] = split
    ? ['forward', 'inputGradient', 'weightGradient']
    : ['forward', 'backward'];
  return {
    span,
    train: { calls: lowered.calls, memory: planMemory(lowered.calls, kept) },
    moments: lowered.moments,
    evaluation: { calls: evaluation, memory: planMemory(evaluation, evaluationKept) },
    trainParts: Object.fromEntries(passes.map((pass) => [pass, cutParts(bySegment(pass), layout, cut)])),
    evaluationParts: cutParts(evaluation, layout, { gathered: cut.gathered, reduced: false }),
    input: training.input && evaluating.input ? { train: training.input, evaluation: evaluating.input } : null,
    output: span.head ? null : { train: final, evaluation: evaluating.stack.final },
    inputGradient,
    outputs: evaluating.stack,
  };
}

export function stageShape(stage: StageProgramPlan, mode: PlanMode): StageShape {
  const bytes = (tensor: Tensor | undefined): number => (tensor ? byteLength(tensor) : 0);
  return {
    stage: stage.span.stage,
    passes: mode === 'evaluate' ? { forward: stage.evaluationParts } : stage.trainParts,
    inputBytes: bytes(stage.input?.train),
    outputBytes: bytes(stage.output?.train),
  };
}
