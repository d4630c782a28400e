// What tensor-parallel ranks exchange in the middle of a pass: from the GPU, over the links, and back. It follows a plan and makes none.

import { LabError } from '../core/errors';
import { isReadyDispatch, type ReadyCall } from '../gpu/program';
import { allGather } from '../parallel/collectives/allGather';
import { reduceScatter } from '../parallel/collectives/reduceScatter';
import type { ComputePass, PlanAction } from '../parallel/stepPlan';
import type { MeshWork } from './meshExecutor';
import type { StagePart } from './stageParts';

export function partOfAction(
  action: { readonly stage: number; readonly bank: number; readonly pass: ComputePass; readonly part: number },
  work: MeshWork,
): { readonly part: StagePart; readonly calls: readonly ReadyCall[] } {
  const bank = work.bank(action.stage, action.bank);
  const part = bank.parts[action.pass]?.[action.part];
  if (!part)
    throw new LabError({ code: 'internal', message: `Stage ${action.stage} has no such part of ${action.pass}` });
  return { part, calls: bank.program.calls(action.pass) };
}

export async function exchangePart(
  action: Extract<PlanAction, { kind: 'allReduce' | 'reduceScatter' | 'allGather' }>,
  work: MeshWork,
): Promise<void> {
  const { tensor, bank } = action;
  if (tensor.of !== 'part' || bank === null) throw new LabError({ code: 'internal', message: 'That is no part' });
  const { part, calls } = partOfAction({ ...tensor, bank }, work);
  const exchange = calls[part.to];
  if (!exchange || isReadyDispatch(exchange)) throw new LabError({ code: 'internal', message: 'There is no exchange' });
  const { links, staging, device } = work;
  const group = links.group(action.axis, action.group);
  const { counts, label } = exchange.call;
  const what = `${tensor.pass === 'forward' ? 'activations' : 'activation gradients'} (tensor parallel)`;
  const options = { what, key: `${tensor.stage}.${tensor.microBatch} ${label}` };
  const elements = (count: number): number => 4 * count;
  const input = { ...exchange.input, size: Math.max(4, exactBytes(exchange.call.bind.input.shape)) };
  const data = await staging.read([input]);
  if (exchange.call.collective === 'allGather') {
    const into = staging.pool.take(counts.reduce((sum, count) => sum + count, 0));
    const whole = await allGather(group, data, counts, { ...options, into });
    device.queue.writeBuffer(
      exchange.output.buffer,
      exchange.output.offset,
      whole.buffer,
      whole.byteOffset,
      whole.byteLength,
    );
    staging.pool.give(into);
  } else {
    const own = await reduceScatter(group, data, counts, options);
    device.queue.writeBuffer(
      exchange.output.buffer,
      exchange.output.offset,
      own.buffer,
      own.byteOffset,
      elements(own.length),
    );
  }
  staging.pool.give(data);
}

function exactBytes(shape: readonly number[]): number {
  return 4 * shape.reduce((product, dim) => product * dim, 1);
}
