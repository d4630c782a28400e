// What tensor-parallel ranks exchange in the middle of a pass: from the GPU, over the links, and back. It follows a plan and makes none.

import type { ReadyCollective } from '../gpu/program';
import { cargoOf } from '../parallel/cargo';
import { allGather } from '../parallel/collectives/allGather';
import type { Group } from '../parallel/collectives/group';
import { reduceScatter } from '../parallel/collectives/reduceScatter';
import type { PlanTensor } from '../parallel/stepPlan';
import type { MeshWork } from './meshExecutor';

export type PartTensor = Extract<PlanTensor, { of: 'part' }>;

export async function exchangePart(
  { call, input, output }: ReadyCollective,
  tensor: PartTensor,
  group: Group,
  { staging, device }: Pick<MeshWork, 'staging' | 'device'>,
): Promise<void> {
  const { counts, label, collective } = call;
  const what = cargoOf(tensor);
  const options = { what, key: `${tensor.stage}.${tensor.microBatch} ${label}` };
  const data = await staging.read([input]);
  if (collective === 'allGather') {
    const into = staging.pool.take(output.size / 4);
    const whole = await allGather(group, data, counts, { ...options, into });
    device.queue.writeBuffer(output.buffer, output.offset, whole);
    staging.pool.give(into);
  } else {
    const own = await reduceScatter(group, data, counts, options);
    device.queue.writeBuffer(output.buffer, output.offset, own);
  }
  staging.pool.give(data);
}
