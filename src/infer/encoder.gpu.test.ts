// Encoders that are asked, against their float64 twin: logits and hidden states of sequences of different lengths side by side, each as if it were
// alone; and what does not fit is refused.

import * as v from 'valibot';
import { expect, test } from 'vitest';
import { likeModel } from '../core/modelConfig';
import { type BertConfig, bertConfigSchema } from '../core/models/bert';
import { distilbertConfigSchema } from '../core/models/distilbert';
import { robertaConfigSchema } from '../core/models/roberta';
import { initialWeights } from '../model/initialize';
import { encoderForward } from '../reference/encoder';
import { fixedChoices } from '../testing/fixedChoices';
import { largestDifference, largestMagnitude } from '../testing/gradientCheck';
import { testDevice } from '../testing/testDevice';
import { rates } from '../testing/tinyRun';
import { Encoder } from './encoder';
import { HeldParameters } from './heldParameters';

const lab = testDevice('adapter');

const bert: BertConfig = v.parse(bertConfigSchema, {
  model_type: 'bert',
  architecture: 'BertForTokenClassification',
  vocab_size: 11,
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 7,
  initializer_range: 0.4,
  labels: ['a', 'b', 'c'],
});

/** Positions count from behind the padding's, which 7 of the 9 rows are. */
const roberta = v.parse(robertaConfigSchema, {
  ...likeModel('roberta', bert),
  pad_token_id: 1,
  max_position_embeddings: 9,
});
const distilbert = v.parse(distilbertConfigSchema, likeModel('distilbert', bert));

test.each([bert, roberta, distilbert])(
  'sequences of different lengths give what each gives alone: $model_type',
  async (model) => {
    const engine = { ...lab, choices: fixedChoices(lab.gpu, 'blocked'), rates };
    const weights = initialWeights(model, 3);
    const held = await HeldParameters.allocate(lab.gpu, model);
    held.write(weights);
    const encoder = await Encoder.build(engine, model, held.store, { batch: 3, tokens: 6 });
    try {
      // What is 1 is padding to RoBERTa, within the text as well: the others are counted around it.
      const sequences = [{ ids: [2, 5, 7, 1, 3, 3], typeIds: [0, 0, 1, 1, 1, 1] }, { ids: [9, 4, 0] }];
      const { logits, hidden } = await encoder.run(sequences);
      const parameters = new Map([...weights].map(([name, values]) => [name, Float64Array.from(values)]));
      for (const [index, { ids, typeIds = ids.map(() => 0) }] of sequences.entries()) {
        const alone = encoderForward(model, parameters, {
          tokens: Int32Array.from(ids),
          tokenTypes: Int32Array.from(typeIds),
          mask: new Uint32Array(ids.length).fill(1),
          batch: 1,
          sequenceLength: ids.length,
        });
        const rows = (values: Float32Array, width: number): Float32Array =>
          values.subarray(index * 6 * width, (index * 6 + ids.length) * width);
        const last = alone.hiddenStates[2];
        expect(largestDifference(rows(logits, 3), alone.logits)).toBeLessThan(1e-5 * largestMagnitude(alone.logits));
        expect(largestDifference(rows(hidden, 8), last)).toBeLessThan(1e-5 * largestMagnitude(last));
      }
      // What is nothing but padding is finite, too.
      expect(hidden.every(Number.isFinite)).toBe(true);
      await expect(encoder.run([{ ids: [1, 2, 3, 4, 5, 6, 7] }])).rejects.toThrow('has 7 tokens');
      await expect(encoder.run([{ ids: [11] }])).rejects.toThrow('has the token 11');
      if (model.model_type !== 'distilbert')
        await expect(encoder.run([{ ids: [1], typeIds: [2] }])).rejects.toThrow('has the segment 2');
      await expect(Encoder.build(engine, model, held.store, { batch: 1, tokens: 8 })).rejects.toThrow(
        '8 tokens at once',
      );
    } finally {
      encoder.destroy();
      held.destroy();
    }
  },
);
