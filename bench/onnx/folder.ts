// The folder of a text generation model as transformers.js reads one, made in the page: config.json, generation_config.json,
// onnx/model.onnx and its weights. There is no tokenizer: the bench goes from token ids to token ids.

import type { BenchShape } from '../../src/core/benchBatch';
import { fillInitial, parameterShapes } from '../shared/model';
import { gpt2Graph } from './gpt2';
import { elements, modelFile } from './graph';

/** A turn of the event loop between two tensors, so that the page answers while 124 million numbers are drawn. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Files by their path in the folder. @param deviation of the weights' first values */
export async function modelFolder(s: BenchShape, deviation: number): Promise<Map<string, BlobPart>> {
  const json = (value: unknown): string => JSON.stringify(value);
  const graph = gpt2Graph(s);
  const weightsFile = 'model.onnx_data';
  const weights = new ArrayBuffer(graph.weights.reduce((sum, { shape }) => sum + 4 * elements(shape), 0));
  for (const [i, parameter] of parameterShapes(s, deviation).entries()) {
    const { offset, shape } = graph.weights[i] ?? { offset: 0, shape: [] };
    fillInitial(new Float32Array(weights, offset, elements(shape)), parameter);
    await nextTurn();
  }
  const config = {
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    vocab_size: s.vocabulary,
    n_positions: s.block,
    n_embd: s.width,
    n_head: s.heads,
    n_layer: s.layers,
    'transformers.js_config': { use_external_data_format: true },
  };
  return new Map<string, BlobPart>([
    ['config.json', json(config)],
    // No token ends a text: every engine says as many as it is asked for.
    ['generation_config.json', json({ eos_token_id: null, bos_token_id: null, pad_token_id: null })],
    ['onnx/model.onnx', modelFile(graph, weightsFile)],
    [`onnx/${weightsFile}`, weights],
  ]);
}
