// What one step of a configuration would be on this device: the plan that the trainer would execute, what each rank would hold, when each
// action would run and what would travel. All of it from the trainer's own plans; nothing is allocated and nothing runs.

import type { CheckContext } from '../check/conformance';
import type { LinkRates } from '../core/deviceRates';
import type { MeshRankFacts } from '../core/meshRecords';
import { modelSizes } from '../core/modelConfig';
import type { RunConfig } from '../core/runConfig';
import { isDispatch, type ProgramCall } from '../gpu/graph';
import { memoryRows } from '../gpu/rankMemory';
import { parameterCount } from '../model/shapes/modelShapes';
import { layoutMesh } from '../parallel/meshLayout';
import { wholeModel } from '../parallel/stages';
import type { PlanAction } from '../parallel/stepPlan';
import { type PageActionCost, pageTiming } from '../planner/pageTiming';
import { simulateStep } from '../planner/simulate';
import { simulatedTrace } from '../planner/simulatedTrace';
import { actionExchange, rankTraffic } from '../train/actionTraffic';
import { planMeshMemory } from '../train/meshMemory';
import type { MeshRankPlan } from '../train/meshRankPlan';
import type { MeshSpec } from '../train/meshSpec';
import { shownActions } from '../train/shownPlan';
import type { KernelTimes } from './kernelTimes';
import type { PredictedStep } from './protocol';
import { isMesh, planMesh, planSingle, resolvedModel } from './run';

export function meshSpecOf(config: RunConfig, vocabularySize: number): MeshSpec {
  const { train, parallel, lora } = config;
  return { model: resolvedModel(config, vocabularySize), train, parallel, lora, keepOutputs: false };
}

/** @throws LabError `config.invalid` for a mesh that breaks a rule. */
export function predictStep(
  engine: CheckContext,
  config: RunConfig,
  vocabularySize: number,
  kernels: KernelTimes,
  links: LinkRates,
): PredictedStep {
  if (!isMesh(config)) return predictSingle(engine, config, vocabularySize, kernels);
  const spec = meshSpecOf(config, vocabularySize);
  const { mesh, stages } = layoutMesh(spec);
  const plans = planMesh(engine, spec);
  const actions = plans.map(shownActions);
  const costs = new Map<PlanAction, PageActionCost>();
  plans.forEach((plan, rank) => {
    const times = kernelsOf(plan, kernels);
    for (const action of actions[rank]) costs.set(action, costOf(plan, action, times));
  });
  const simulated = simulateStep({ ranks: plans.map(({ rank }) => rank), actions }, pageTiming(costs, links));
  const traffic = plans.map((plan, rank) => rankTraffic(plan, actions[rank]));
  return {
    plan: { mesh, stages: stages.length, microBatches: config.train.microBatches, actions },
    ranks: plans.map(factsOf),
    trace: {
      step: 0,
      events: simulatedTrace(simulated.ranks, actions),
      ledger: traffic.flatMap(({ ledger }) => ledger),
      sent: traffic.flatMap(({ sent }) => sent),
    },
  };
}

/** One worker: no rank waits, and nothing travels. */
function predictSingle(
  engine: CheckContext,
  config: RunConfig,
  vocabularySize: number,
  kernels: KernelTimes,
): PredictedStep {
  const rank = planSingle(engine, config, vocabularySize);
  const { actions } = rank.stepPlan;
  const sum = (calls: readonly ProgramCall[]): number =>
    calls.reduce((total, call) => total + (isDispatch(call) ? kernels.milliseconds(call) : 0), 0);
  const passMs = new Map(
    (['forward', 'backward'] as const).map((pass) => [pass, sum(rank.train.calls.filter((c) => c.segment === pass))]),
  );
  const updateMs = sum(rank.optimizer.calls);
  const workMs = (action: PlanAction): number => {
    if (action.kind === 'compute') return passMs.get(action.pass === 'forward' ? 'forward' : 'backward') ?? 0;
    return action.kind === 'optimizerStep' ? updateMs : 0;
  };
  const simulated = simulateStep(
    { ranks: [0], actions },
    { workMs: (_, action) => workMs(action), exchangeMs: () => 0 },
  );
  const memory = memoryRows(rank.memory);
  return {
    plan: rank.stepPlan,
    ranks: [
      {
        rank: 0,
        coordinates: { dp: 0, pp: 0, tp: 0 },
        stages: [wholeModel(modelSizes(rank.spec.model).layers)],
        parameterCount: parameterCount(rank.spec.model),
        memory,
        totalBytes: memory.reduce((total, { bytes }) => total + bytes, 0),
      },
    ],
    trace: { step: 0, events: simulatedTrace(simulated.ranks, actions), ledger: [], sent: [] },
  };
}

/** As planMeshRank divides it; what staging takes is known only once it runs. */
function factsOf(plan: MeshRankPlan): MeshRankFacts {
  const memory = memoryRows(planMeshMemory(plan).request);
  return {
    rank: plan.rank,
    coordinates: plan.at,
    stages: plan.stages.map(({ span }) => span),
    parameterCount: plan.shards.reduce((sum, { length }) => sum + length, 0),
    memory,
    totalBytes: memory.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Milliseconds of each kernel of an action. */
type KernelsOf = (action: PlanAction) => readonly number[];

function kernelsOf({ stages, norm, optimizer }: MeshRankPlan, kernels: KernelTimes): KernelsOf {
  const timesOf = (calls: readonly ProgramCall[]): number[] =>
    calls.flatMap((call) => (isDispatch(call) ? [kernels.milliseconds(call)] : []));
  const known = new Map<string, readonly number[]>();
  const once = (key: string, calls: () => readonly ProgramCall[]): readonly number[] => {
    const times = known.get(key) ?? timesOf(calls());
    known.set(key, times);
    return times;
  };
  return (action) => {
    switch (action.kind) {
      case 'compute': {
        const { stage: index, pass, part } = action;
        return once(`${index} ${pass} ${part}`, () => {
          const stage = stages.find(({ span }) => span.stage === index);
          const cut = stage?.trainParts[pass]?.[part];
          return stage && cut
            ? stage.train.calls.filter(({ segment }) => segment === pass).slice(cut.from, cut.to)
            : [];
        });
      }
      case 'gradientNorm':
        return once('norm', () => norm.calls);
      case 'optimizerStep':
        return once('optimizer', () => optimizer.calls);
      case 'zeroGradients':
      case 'copy':
      case 'outerStep':
      // Weights and gradients of an asynchronous service pass through main memory on both sides.
      case 'pull':
      case 'push':
        return [action.bytes / kernels.rates.bytesPerMs];
      case 'send':
      case 'receive':
      case 'allReduce':
      case 'reduceScatter':
      case 'allGather':
        return [];
    }
  };
}

function costOf(plan: MeshRankPlan, action: PlanAction, kernels: KernelsOf): PageActionCost {
  const exchange = actionExchange(plan, action);
  return {
    kernelsMs: kernels(action),
    exchange: exchange && { parcels: exchange.parcels, members: exchange.group.length },
  };
}
