// A rank's own part of the first weights is that part of the whole model's, bit for bit, however the model is divided.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { noLora } from '../core/loraConfig';
import { partOf } from '../core/partition';
import { defaultModel } from '../core/runConfig';
import { REPLICATE, takeShard } from '../parallel/placement';
import { initialPiece, initialPieceInTurns, initialWeights, initialWeightsInTurns } from './initialize';
import { modelShapes } from './shapes/modelShapes';

const model = { ...defaultModel, vocab_size: 13, n_embd: 12, n_head: 3, n_layer: 2, n_positions: 5 };

test('pieces are what they are of the whole', () => {
  const whole = initialWeights(model, 7);
  fc.assert(
    fc.property(
      fc.constantFrom(...modelShapes(model).parameters),
      fc.integer({ min: 1, max: 3 }),
      fc.nat(),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(),
      (parameter, parts, at, cuts, cut) => {
        const index = at % parts;
        const { placement } = parameter;
        const values = whole.get(parameter.name) ?? new Float32Array(0);
        const local = takeShard(values, parameter.shape, placement, parts, index);
        const { start, length } = partOf(local.length, cuts, cut % cuts);
        const piece = initialPiece(parameter, 7, { placement, parts, index, start, length });
        expect(piece).toEqual(local.slice(start, start + length));
      },
    ),
    { numRuns: 60 },
  );
});

test('made in turns they are the same, and the thread is let go between', async () => {
  const made = new Map<string, Float32Array>();
  for await (const [name, values] of initialWeightsInTurns(model, 7, noLora, () => true)) made.set(name, values);
  expect(made).toEqual(initialWeights(model, 7));
  const parameter = { name: 'x', shape: [110, 10], init: 0.02 } as const;
  const place = { placement: REPLICATE, parts: 1, index: 0, start: 51, length: 1_040 };
  const order: string[] = [];
  setTimeout(() => order.push('somebody else'));
  const values = await initialPieceInTurns(parameter, 7, place, 100);
  order.push('done');
  expect(values).toEqual(initialPiece(parameter, 7, place));
  expect(order).toEqual(['somebody else', 'done']);
});
