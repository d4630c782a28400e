// What a run would need and take, computed from the real plans before anything is allocated: on one rank, or summed over the ranks of a mesh,
// which share one device. It allocates nothing and runs nothing.

import type { CheckContext } from '../check/conformance';
import { LabError } from '../core/errors';
import { noLora } from '../core/loraConfig';
import type { MemoryRow, RunEstimate } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import { estimateMs } from '../gpu/commandStream';
import { type MemoryRequest, memoryRows, refuseMemory } from '../gpu/rankMemory';
import { loraIssue } from '../model/shapes/loraRules';
import { parameterCount } from '../model/shapes/modelShapes';
import { meshIssues } from '../parallel/meshRules';
import { planMeshMemory } from '../train/meshMemory';
import { isMesh, planMesh, planSingle, resolvedModel } from './run';

interface Work {
  readonly requests: readonly MemoryRequest[];
  /** Of one micro-batch, and of the rest of a step, over all ranks. */
  readonly perMicroBatch: readonly { readonly flops: number; readonly bytes: number }[];
  readonly perStep: readonly { readonly flops: number; readonly bytes: number }[];
}

function workOf(engine: CheckContext, config: RunConfig, vocabularySize: number): Work {
  if (!isMesh(config)) {
    const plan = planSingle(engine, config, vocabularySize);
    return { requests: [plan.memory], perMicroBatch: plan.train.calls, perStep: plan.optimizer.calls };
  }
  const model = resolvedModel(config, vocabularySize);
  const plans = planMesh(engine, {
    model,
    train: config.train,
    parallel: config.parallel,
    lora: config.lora,
    keepOutputs: false,
  });
  return {
    requests: plans.map((plan) => planMeshMemory(plan).request),
    perMicroBatch: plans.flatMap(({ stages }) => stages.flatMap(({ train }) => train.calls)),
    perStep: plans.flatMap(({ norm, optimizer }) => [...norm.calls, ...optimizer.calls]),
  };
}

function sizesOf({ arenas, slotBytes, named }: MemoryRequest): number[] {
  return [...Object.values(arenas).map((elements) => 4 * elements), ...slotBytes, ...named.map(({ bytes }) => bytes)];
}

export function estimateRun(engine: CheckContext, config: RunConfig, vocabularySize: number): RunEstimate {
  const { train } = config;
  const { limits } = engine.gpu.facts;
  const model = resolvedModel(config, vocabularySize);
  const { parallel, lora } = config;
  const issue = meshIssues(config, model.vocab_size)[0] ?? loraIssue({ model, train, parallel, lora });
  const refusedMesh = issue
    ? new LabError({
        code: 'config.invalid',
        message: `${issue.path} cannot be ${issue.got}.`,
        why: `It takes ${issue.expected}.`,
      })
    : null;
  // What cannot be planned is shown with its rule, beside the numbers of one worker.
  const shown = issue ? { ...config, lora: noLora, parallel: { ...parallel, dp: 1, pp: 1, tp: 1 } } : config;
  const { requests, perMicroBatch, perStep } = workOf(engine, shown, vocabularySize);
  const memory = new Map<MemoryRow['kind'], number>();
  for (const { kind, bytes } of requests.flatMap(memoryRows)) memory.set(kind, (memory.get(kind) ?? 0) + bytes);
  const refusal =
    refusedMesh ?? requests.map((request) => refuseMemory(request, limits)).find((error) => error !== null);
  const sum = (calls: Work['perStep'], of: (call: Work['perStep'][number]) => number): number =>
    calls.reduce((total, call) => total + of(call), 0);
  const perRun = (of: (call: Work['perStep'][number]) => number): number =>
    train.microBatches * sum(perMicroBatch, of) + sum(perStep, of);
  return {
    parameterCount: parameterCount(model),
    memory: [...memory].map(([kind, bytes]) => ({ kind, bytes })),
    totalBytes: [...memory.values()].reduce((total, bytes) => total + bytes, 0),
    largestBufferBytes: Math.max(...requests.flatMap(sizesOf)),
    largestBufferLimit: Math.min(limits['maxBufferSize'], limits['maxStorageBufferBindingSize']),
    flopsPerStep: perRun(({ flops }) => flops),
    dispatchesPerStep: perRun(() => 1),
    tokensPerStep: train.batchSize * train.sequenceLength,
    predictedStepMs: perRun((call) => estimateMs(engine.rates, call)),
    refusal: refusal ? refusal.toData() : null,
  };
}
