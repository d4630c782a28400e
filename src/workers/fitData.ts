// Fits a run's data to what its model learns: running text is masked for a masked language model, labels of the data and of the model are brought
// into one order. What does not go together is refused before anything is built.

import { LabError } from '../core/errors';
import { isEncoder, modelLabels, modelSizes } from '../core/modelConfig';
import type { PreparedData } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import type { SequenceData, SequencePart } from '../core/sequenceRecords';
import { maskingRule } from '../data/prepareSequences';
import type { Tokenizer } from '../data/tokenizer';

/** A model's labels that nobody named, as transformers numbers them. */
const PLACEHOLDER = /^LABEL_\d+$/;

/** @throws LabError `data.invalid`, `tokenizer.invalid`, `config.invalid` */
export function fitData(
  config: RunConfig,
  data: PreparedData,
  tokenizer: Tokenizer,
): { readonly config: RunConfig; readonly data: PreparedData } {
  const { task } = modelSizes(config.model);
  const { sequences } = data;
  if (task === 'masked-lm' && sequences === undefined)
    return { config, data: { ...data, sequences: { task, masking: maskingRule(tokenizer) } } };
  if (task === sequences?.task || (task === 'causal-lm' && sequences === undefined))
    return sequences === undefined || sequences.task === 'masked-lm'
      ? { config, data }
      : withLabels(config, data, sequences);
  throw new LabError({
    code: 'data.invalid',
    message: 'The data are not what this model learns from.',
    why: `The model is for ${task}; the data are ${sequences === undefined ? 'running text' : `for ${sequences.task}`}.`,
    advice: 'Choose labelled records for a head that needs them, running text for a language model.',
  });
}

function withLabels(
  config: RunConfig,
  data: PreparedData,
  sequences: Exclude<SequenceData, { readonly task: 'masked-lm' }>,
): { readonly config: RunConfig; readonly data: PreparedData } {
  const { model } = config;
  if (!isEncoder(model) || sequences.labels.length === 0) return { config, data };
  const own = modelLabels(model);
  if (own.every((label) => PLACEHOLDER.test(label)))
    return { config: { ...config, model: { ...model, labels: [...sequences.labels] } }, data };
  const places = sequences.labels.map((label) => own.indexOf(label));
  const missing = sequences.labels.find((_, index) => places[index] < 0);
  if (missing !== undefined)
    throw new LabError({
      code: 'data.invalid',
      message: `The model has no label ${JSON.stringify(missing.slice(0, 80))}.`,
      why: `Its labels are ${own.slice(0, 10).join(', ')}${own.length > 10 ? ', ...' : ''}.`,
      advice: 'Label the records with these, or begin with random weights and no labels.',
    });
  const moved = (part: SequencePart): SequencePart => ({
    ...part,
    targets: part.targets.map((target) => (target < 0 ? target : places[target])),
  });
  const { train, validation } = sequences;
  return {
    config,
    data: { ...data, sequences: { ...sequences, labels: own, train: moved(train), validation: moved(validation) } },
  };
}
