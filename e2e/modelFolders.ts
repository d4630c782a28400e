// Models from outside for the product tests, small and never trained: one that continues texts, and readers of whole texts with the head that is
// asked for; and how a person drops them.

import type { Page } from '@playwright/test';
import * as v from 'valibot';
import type { ExportOptions } from '../src/core/exportOptions';
import { type BertConfig, bertConfigSchema } from '../src/core/models/bert';
import type { NamedFile } from '../src/core/records';
import { defaultModel } from '../src/core/runConfig';
import { charactersOf } from '../src/data/createTokenizer';
import { primerText } from '../src/data/primer';
import { tokenizerToJson } from '../src/data/tokenizerToJson';
import { writeModelFolder } from '../src/interop/modelFolderWriter';
import { initialWeights } from '../src/model/initialize';
import { modelShapes } from '../src/model/shapes/modelShapes';
import { wordPieceTokenizer } from '../src/testing/wordPieceTokenizer';

export const characters = charactersOf(primerText());
export const tokenizer = tokenizerToJson({ kind: 'char', characters });

/** A model of the lab's own text, with weights that no seed makes. */
export function modelFolder(options: ExportOptions = {}, first?: number): readonly NamedFile[] {
  const sizes = { vocab_size: characters.length, n_positions: 16, n_embd: 16, n_layer: 1, n_head: 2 };
  const config = { ...defaultModel, ...sizes };
  let state = 1;
  const tensors = new Map(
    modelShapes(config).parameters.map(({ name, shape }) => {
      const length = shape.reduce((product, dim) => product * dim, 1);
      const data = Float32Array.from({ length }, () => {
        state = (state * 48_271) % 2_147_483_647;
        return 0.1 * (state / 2_147_483_647 - 0.5);
      });
      if (first !== undefined) data[0] = first;
      return [name, { shape, data }] as const;
    }),
  );
  return writeModelFolder(config, tensors, tokenizer, options);
}

const words = wordPieceTokenizer(['the', 'captain', 'dog', '##s', 'sail', '##ed', 'bark', 'at', 'night', '.']);

/** A BERT with this head over a few English words. */
export function readerFolder(architecture: BertConfig['architecture']): readonly NamedFile[] {
  const config = v.parse(bertConfigSchema, {
    model_type: 'bert',
    architecture,
    vocab_size: words.vocabularySize,
    hidden_size: 16,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    intermediate_size: 32,
    max_position_embeddings: 32,
    initializer_range: 0.4,
    labels: ['calm', 'storm'],
  });
  const weights = initialWeights(config, 3);
  const tensors = new Map(
    modelShapes(config).parameters.map(({ name, shape }) => [
      name,
      { shape, data: weights.get(name) ?? new Float32Array(0) },
    ]),
  );
  return writeModelFolder(config, tensors, tokenizerToJson(words.spec), {});
}

/** Onto the page, as files of one folder. */
export async function dropFiles(page: Page, files: readonly NamedFile[]): Promise<void> {
  const dropped = await page.evaluateHandle(
    (list) => {
      const transfer = new DataTransfer();
      for (const [name, bytes] of list) transfer.items.add(new File([Uint8Array.from(bytes)], name));
      return transfer;
    },
    files.map(({ name, bytes }) => [name, [...bytes]] as const),
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: dropped });
}
