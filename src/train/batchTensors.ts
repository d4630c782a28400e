// What the programs of one stage read of a batch: the symbolic tensors, and the buffers that hold them, from one list. It fills nothing.

import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { positionRows, targetCount } from '../core/models/modelSizes';
import { partOf } from '../core/partition';
import type { TrainConfig } from '../core/runConfig';
import type { ElementType, Tensor } from '../gpu/graph';
import { METRICS_LENGTH } from '../gpu/plans/metricsLayout';
import type { NamedBuffer } from '../gpu/rankMemory';
import type { Trace } from '../gpu/trace';
import type { BatchShape, TokenInputs } from '../model/layerTracer';
import type { LossGoal } from '../model/modelLayers';
import type { ModelPart } from '../model/modelStack';
import { bufferNames } from './bufferNames';

interface BatchArray {
  readonly shape: readonly number[];
  readonly type: ElementType;
}

type BatchArrayName =
  | 'tokens'
  | 'order'
  | 'starts'
  | 'types'
  | 'positions'
  | 'positionOrder'
  | 'positionStarts'
  | 'mask'
  | 'targets';

/** Of a run's micro-batches of so many rows. @param train null for a model that is only evaluated: it reads texts whole */
export function runShape(batch: number, tokens: number, train: Pick<TrainConfig, 'documents'> | null): BatchShape {
  return { batch, tokens, documents: train?.documents === 'apart' };
}

/** Whether attention reads a word of each token: 0 where it is padding, or where its document begins in the row. */
export function readsMask(model: ModelConfig, { documents = false }: Pick<BatchShape, 'documents'>): boolean {
  return modelSizes(model).masked || documents;
}

/** Those that the stage reads; orders and starts are for training alone. */
export function batchArrays(
  model: ModelConfig,
  shape: BatchShape,
  { stage, split }: ModelPart,
): Partial<Record<BatchArrayName, BatchArray>> {
  const { batch, tokens } = shape;
  const sizes = modelSizes(model);
  const rows = batch * tokens;
  const vocabulary = partOf(sizes.vocabulary, split.parts, split.index).length;
  const own = partOf(rows, split.parts, split.index).length;
  const ofTokens: BatchArray = { shape: [rows], type: 'u32' };
  const ofOwn: BatchArray = { shape: [own], type: 'u32' };
  return {
    ...(stage.embedding
      ? { tokens: ofTokens, order: ofTokens, starts: { shape: [vocabulary + 1], type: 'u32' } as const }
      : {}),
    ...(stage.embedding && sizes.tokenTypes > 0
      ? { types: { shape: [own, sizes.tokenTypes], type: 'f32' } as const }
      : {}),
    ...(stage.embedding && sizes.paddingPosition !== null
      ? {
          positions: ofOwn,
          positionOrder: ofOwn,
          positionStarts: { shape: [positionRows(sizes) + 1], type: 'u32' } as const,
        }
      : {}),
    ...(readsMask(model, shape) ? { mask: ofTokens } : {}),
    ...(stage.head ? { targets: { shape: [targetCount(sizes, batch, tokens)], type: 'i32' } as const } : {}),
  };
}

/** Names are bufferNames'. */
export function batchBuffers(model: ModelConfig, shape: BatchShape, part: ModelPart): NamedBuffer[] {
  const arrays = batchArrays(model, shape, part);
  return batchNames.flatMap((name): NamedBuffer[] => {
    const array = arrays[name];
    if (!array) return [];
    const bytes = 4 * array.shape.reduce((product, dim) => product * dim, 1);
    return [{ name: bufferNames[name], bytes, kind: 'inputs' }];
  });
}

const batchNames: readonly BatchArrayName[] = [
  'tokens',
  'targets',
  'order',
  'starts',
  'types',
  'positions',
  'positionOrder',
  'positionStarts',
  'mask',
];

/** Tokens are null where another stage embeds them, the goal where another has the head. */
export function batchTensors(
  trace: Trace,
  model: ModelConfig,
  shape: BatchShape,
  part: ModelPart,
  training: boolean,
): { readonly tokens: TokenInputs | null; readonly mask: Tensor | undefined; readonly goal: LossGoal | null } {
  const arrays = batchArrays(model, shape, part);
  const named = (name: BatchArrayName): Tensor | undefined => {
    const array = arrays[name];
    return array && trace.named(bufferNames[name], array.shape, array.type);
  };
  const tokens = named('tokens');
  const targets = named('targets');
  const whenTraining = (name: BatchArrayName): Tensor | undefined => (training ? named(name) : undefined);
  const [order, starts] = [whenTraining('order'), whenTraining('starts')];
  const positions = named('positions');
  const places = positions && {
    positions,
    order: whenTraining('positionOrder'),
    starts: whenTraining('positionStarts'),
  };
  const loss = trace.named(training ? bufferNames.metrics : bufferNames.evaluation, [METRICS_LENGTH], 'f32');
  return {
    tokens: tokens ? { tokens, order, starts, types: named('types'), places } : null,
    mask: named('mask'),
    goal: targets ? { targets, loss, gradient: training } : null,
  };
}
