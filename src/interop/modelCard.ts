// README.md of an exported folder: what the model is, how it came about and what was measured, in the form in which model hubs show it. Pure;
// the same text for the same facts.

import type { FloatDtype } from '../core/exportOptions';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { AdapterFacts, EvaluationRow, RunFacts } from '../core/records';

/** A run that trained the model here. */
export interface TrainedRun {
  readonly facts: RunFacts;
  /** The text's name. */
  readonly title: string;
  /** Optimiser steps done. */
  readonly step: number;
  /** Training loss of the last step, nats a token; null before the first. */
  readonly loss: number | null;
  /** The last one, null where there was none. */
  readonly evaluation: EvaluationRow | null;
  readonly adapter: AdapterFacts;
  /** The loaded model that training began with; null for random weights. */
  readonly began: string | null;
}

export interface CardFacts {
  readonly model: ModelConfig;
  readonly parameterCount: number;
  readonly dtype: FloatDtype;
  /** Null for a model that was loaded and is saved as it came. */
  readonly run: TrainedRun | null;
}

export function modelCard({ model, parameterCount, dtype, run }: CardFacts): string {
  const { task, layers, width, heads, positions, vocabulary } = modelSizes(model);
  const causal = task === 'causal-lm';
  const lines = [
    '---',
    'library_name: transformers',
    ...(causal ? ['pipeline_tag: text-generation'] : []),
    'tags:',
    '- shardlab',
    `- ${model.model_type}`,
    '---',
    '',
    `# A ${model.model_type} model of ${grouped(parameterCount)} parameters`,
    '',
    run === null
      ? `Loaded into Shardlab and saved again with weights in ${dtype}; it was not trained there.`
      : `Trained from ${run.began ?? 'random weights'} in Shardlab, a lab for transformers on WebGPU in the browser.`,
    '',
    ...table([
      ['task', task],
      ['layers', grouped(layers)],
      ['width', grouped(width)],
      ['heads', grouped(heads)],
      ['positions', grouped(positions)],
      ['vocabulary', grouped(vocabulary)],
      ['type of the weights', dtype],
    ]),
  ];
  if (run !== null) lines.push('', ...trained(run));
  if (causal) {
    lines.push(
      '',
      '## Use',
      '',
      '```python',
      'from transformers import AutoModelForCausalLM, AutoTokenizer',
      '',
      'model = AutoModelForCausalLM.from_pretrained("path/to/this/folder")',
      'tokenizer = AutoTokenizer.from_pretrained("path/to/this/folder")',
      '```',
    );
  }
  return `${lines.join('\n')}\n`;
}

function trained({ facts, title, step, loss, evaluation, adapter }: TrainedRun): readonly string[] {
  const { config, trainTokens, validationTokens, bigramEntropy } = facts;
  const { train, data, parallel } = config;
  const { dp, pp, tp } = parallel;
  const ranks = dp * pp * tp;
  const device = [adapter.vendor, adapter.architecture, adapter.description].filter((word) => word !== '').join(' ');
  return [
    '## Training',
    '',
    ...table([
      ['text', `${title}, ${grouped(trainTokens)} tokens to train on`],
      ['tokenizer', data.tokenizer],
      ['steps', `${grouped(step)} of ${grouped(train.steps)}`],
      ['batch', `${grouped(train.batchSize)} sequences of ${grouped(train.sequenceLength)} tokens`],
      [
        'optimiser',
        `${train.optimizer}, learning rate ${train.learningRate} (${train.lrSchedule}, ${train.warmupSteps} steps of warm-up), weight decay ${train.weightDecay}`,
      ],
      ['seed', String(train.seed)],
      [
        'mesh',
        ranks === 1
          ? 'one worker'
          : `${ranks} ranks: dp ${dp}, pp ${pp}, tp ${tp}; ZeRO ${parallel.zero}, ${parallel.strategy}`,
      ],
      [
        'device',
        `${device === '' ? 'not named by the browser' : device}${adapter.software ? ' (software adapter)' : ''}`,
      ],
      ...(loss === null ? [] : [['training loss of the last step', `${loss.toFixed(4)} nats a token`] as const]),
    ]),
    '',
    '## Held-out text',
    '',
    ...(evaluation === null
      ? ['Not evaluated.']
      : table([
          [
            'loss',
            `${evaluation.loss.toFixed(4)} nats a token at step ${grouped(evaluation.step)}, over ${grouped(evaluation.tokens)} of ${grouped(validationTokens)} tokens`,
          ],
          ['perplexity', evaluation.perplexity.toFixed(3)],
          ['bits a byte', evaluation.bitsPerByte.toFixed(4)],
          ['bigram baseline', `${bigramEntropy.toFixed(4)} nats a token`],
        ])),
    '',
    'A small model of one text: it knows nothing else, and nothing that it writes was checked.',
  ];
}

function table(rows: readonly (readonly [string, string])[]): readonly string[] {
  // A bar would end the cell, a line the row.
  const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ');
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${cell(value)} |`)];
}

function grouped(value: number): string {
  return value.toLocaleString('en');
}
