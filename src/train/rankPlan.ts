// Plans one rank's work without touching a device: traces the model, lowers it, lays out memory, and costs it. What the page shows as an
// estimate and what the rank then allocates are this same plan.

import type { ArenaLayout } from '../core/arena';
import { LabError } from '../core/errors';
import type { LoraConfig } from '../core/loraConfig';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { Distillation } from '../core/records';
import type { TrainConfig } from '../core/runConfig';
import type { ProgramCall, Tensor } from '../gpu/graph';
import type { KernelCatalog } from '../gpu/kernelCatalog';
import type { KernelChoices } from '../gpu/kernelChoices';
import { mergeSlots, planMemory } from '../gpu/memoryPlan';
import { type ProgramPlan, uniformBytes } from '../gpu/program';
import type { MemoryRequest, NamedBuffer } from '../gpu/rankMemory';
import { type TensorMoment, Trace } from '../gpu/trace';
import type { BatchShape } from '../model/layerTracer';
import { type ModelPart, type StackOutputs, traceModel } from '../model/modelStack';
import { trainingArenas } from '../model/shapes/adapterShapes';
import { wholeModel } from '../parallel/stages';
import { type StepPlan, singleRankPlan } from '../parallel/stepPlan';
import { adapterOptions } from './adapterOptions';
import { batchBuffers, batchTensors, runShape } from './batchTensors';
import { bufferNames } from './bufferNames';
import { emitChecksum } from './checksumCalls';
import { emitOptimizer } from './optimizerCalls';

export interface RankSpec {
  /** vocab_size resolved. */
  readonly model: ModelConfig;
  /** Sequences a micro-batch. */
  readonly microBatchSize: number;
  readonly microBatches: number;
  readonly sequenceLength: number;
  /** Null for a model that is only evaluated: no gradients, no moments, no training program. */
  readonly train: TrainConfig | null;
  /** With adapters only they are trained; noLora for a model that is trained whole. */
  readonly lora: LoraConfig;
  /** Training learns from a teacher's logits, which whoever trains puts into their buffer before each forward pass. */
  readonly distillation: Distillation | null;
  /** Keep logits and hidden states of the evaluation program for read-back. */
  readonly keepOutputs: boolean;
}

export interface RankPlan {
  readonly spec: RankSpec;
  /** Of what is trained: the model's parameters, or the adapters'. */
  readonly layout: ArenaLayout;
  /** Of the model beside its adapters; null without them. */
  readonly frozen: ArenaLayout | null;
  readonly train: ProgramPlan;
  /** Where tensors of the training program can be looked at. */
  readonly moments: readonly TensorMoment[];
  readonly optimizer: ProgramPlan;
  readonly evaluation: ProgramPlan;
  /** The fingerprint of the parameter arena, gaps included; compiled when it is first wanted. */
  readonly checksum: ProgramPlan;
  /** Tensors of the evaluation program that are kept; empty unless keepOutputs. */
  readonly hiddenStates: readonly Tensor[];
  readonly attentions: StackOutputs['attentions'];
  readonly logits: Tensor | null;
  /** u32 [1] of the checksum program. */
  readonly checksumOut: Tensor;
  readonly memory: MemoryRequest;
  readonly slotMaps: {
    readonly train: readonly number[];
    readonly optimizer: readonly number[];
    readonly evaluation: readonly number[];
    readonly checksum: readonly number[];
  };
  readonly stepPlan: StepPlan;
  readonly flopsPerStep: number;
  readonly dispatchesPerStep: number;
}

function sumFlops(calls: readonly ProgramCall[], segment?: ProgramCall['segment']): number {
  return calls.reduce((sum, call) => sum + (segment === undefined || call.segment === segment ? call.flops : 0), 0);
}

function programPlan(calls: readonly ProgramCall[]): ProgramPlan {
  return { calls, memory: planMemory(calls) };
}

function namedBuffers(model: ModelConfig, shape: BatchShape, part: ModelPart): NamedBuffer[] {
  return [
    ...batchBuffers(model, shape, part),
    { name: bufferNames.metrics, bytes: 16, kind: 'scratch' },
    { name: bufferNames.evaluation, bytes: 16, kind: 'scratch' },
  ];
}

function teacherBuffer(model: ModelConfig, rows: number): NamedBuffer {
  return { name: bufferNames.teacher, bytes: 4 * rows * modelSizes(model).vocabulary, kind: 'inputs' };
}

export function planRank(spec: RankSpec, choices: KernelChoices, catalog: KernelCatalog): RankPlan {
  const { model, train, lora } = spec;
  const { layout, frozen } = trainingArenas(model, lora);
  const shape = runShape(spec.microBatchSize, spec.sequenceLength, train);

  const part: ModelPart = { stage: wholeModel(modelSizes(model).layers), split: { parts: 1, index: 0 } };
  const rows = shape.batch * shape.tokens;
  const teacherLogits = (trace: Trace): Tensor =>
    trace.named(bufferNames.teacher, [rows, modelSizes(model).vocabulary], 'f32');
  const traceWhole = (training: boolean): { readonly trace: Trace; readonly stack: StackOutputs } => {
    const trace = new Trace(layout, frozen);
    const keep = spec.keepOutputs && !training;
    const options = {
      keep,
      training,
      ...(frozen ? { adapters: adapterOptions(model, lora, part.split) } : {}),
    };
    const { tokens, mask, goal } = batchTensors(trace, model, shape, part, training);
    if (!tokens) throw new LabError({ code: 'internal', message: 'A whole model embeds its tokens' });
    const inputs = { source: tokens, mask };
    const taught = training && spec.distillation ? { ...spec.distillation, logits: teacherLogits(trace) } : null;
    return {
      trace,
      stack: traceModel(
        trace,
        model,
        shape,
        inputs,
        options,
        part,
        goal && taught ? { ...goal, teacher: taught } : goal,
      ),
    };
  };

  const training = train ? traceWhole(true) : null;
  const lowered = training?.trace.lower(choices, catalog, { differentiate: 'whole' });
  const trainPlan = programPlan(lowered?.calls ?? []);
  const evaluating = traceWhole(false);
  const evaluation = programPlan(evaluating.trace.lower(choices, catalog, { differentiate: 'no' }).calls);

  const optimizer = programPlan(
    training && train ? emitOptimizer(training.trace.emitter(choices, catalog), layout, train) : [],
  );

  const fingerprint = emitChecksum(evaluating.trace.emitter(choices, catalog), layout.length);
  const checksum = programPlan(fingerprint.calls);

  const plans = [trainPlan, optimizer, evaluation, checksum];
  const merged = mergeSlots(plans.map((plan) => plan.memory));
  const [trainMap, optimizerMap, evaluationMap, checksumMap] = merged.slotMaps;
  const microBatches = spec.microBatches;
  const stepPlan = singleRankPlan(microBatches, {
    forwardFlops: sumFlops(trainPlan.calls, 'forward'),
    backwardFlops: sumFlops(trainPlan.calls, 'backward'),
    parameterCount: layout.length,
  });
  return {
    spec,
    layout,
    frozen,
    train: trainPlan,
    moments: lowered?.moments ?? [],
    optimizer,
    evaluation,
    checksum,
    checksumOut: fingerprint.out,
    hiddenStates: evaluating.stack.hiddenStates,
    attentions: evaluating.stack.attentions,
    logits: evaluating.stack.logits,
    memory: {
      arenas: {
        parameters: layout.length,
        frozen: frozen?.length ?? 0,
        gradients: train ? layout.length : 0,
        moment1: train ? layout.length : 0,
        moment2: train && train.optimizer !== 'sgd' ? layout.length : 0,
      },
      named: [...namedBuffers(model, shape, part), ...(spec.distillation ? [teacherBuffer(model, rows)] : [])],
      slotBytes: merged.slotBytes,
      uniformBytes: uniformBytes(plans),
    },
    slotMaps: {
      train: trainMap,
      optimizer: optimizerMap,
      evaluation: evaluationMap,
      checksum: checksumMap,
    },
    stepPlan,
    flopsPerStep: microBatches * sumFlops(trainPlan.calls) + sumFlops(optimizer.calls),
    dispatchesPerStep: microBatches * trainPlan.calls.length + optimizer.calls.length,
  };
}
