// README.md of an exported folder: what the model is, how it came about and what was measured, in the form in which model hubs show it. Pure;
// the same text for the same facts.

import type { FloatDtype } from '../core/exportOptions';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import type { Distilled, ModelHistory, TrainedRun } from '../core/modelHistory';
import { describeScheme, type QuantizationScheme } from '../core/quantization/scheme';
import type { AdapterFacts, CompressionRow } from '../core/records';
import type { TrainConfig } from '../core/runConfig';

export interface CardFacts {
  readonly model: ModelConfig;
  readonly parameterCount: number;
  readonly dtype: FloatDtype;
  /** Null for a model that was loaded and is saved as it came. */
  readonly history: ModelHistory | null;
  /** Where it was compressed: the model as it was, and as it became; the scheme of its rounded weights, null where they stay in floats. */
  readonly compressed?: { readonly rows: readonly CompressionRow[]; readonly scheme: QuantizationScheme | null };
}

const CAUTION = 'A small model of one text: it knows nothing else, and nothing that it writes was checked.';

export function modelCard(facts: CardFacts): string {
  const { model, parameterCount, dtype, history, compressed } = facts;
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
    origin(facts),
    '',
    ...table([
      ['task', task],
      ['layers', grouped(layers)],
      ['width', grouped(width)],
      ['heads', grouped(heads)],
      ['positions', grouped(positions)],
      ['vocabulary', grouped(vocabulary)],
      ['type of the weights', compressed?.scheme ? describeScheme(compressed.scheme) : dtype],
    ]),
  ];
  if (compressed !== undefined) lines.push('', '## Compression', '', ...table(compressed.rows.map(judged)));
  if (history?.kind === 'trained') lines.push('', ...trained(history), '', CAUTION);
  if (history?.kind === 'distilled') lines.push('', ...distilled(history), '', CAUTION);
  if (compressed?.scheme) lines.push('', 'The rounded weights are read by Shardlab alone.');
  else if (causal) {
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
  return [
    '## Training',
    '',
    ...table([
      ['text', `${title}, ${grouped(trainTokens)} tokens to train on`],
      ['tokenizer', data.tokenizer],
      ['steps', `${grouped(step)} of ${grouped(train.steps)}`],
      ...training(train),
      [
        'mesh',
        ranks === 1
          ? 'one worker'
          : `${ranks} ranks: dp ${dp}, pp ${pp}, tp ${tp}; ZeRO ${parallel.zero}, ${parallel.strategy}`,
      ],
      ['device', deviceName(adapter)],
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
  ];
}

function distilled({ teacher, config, title, trainTokens, options, rows, adapter }: Distilled): readonly string[] {
  const { train } = config;
  return [
    '## Distillation',
    '',
    ...table([
      [
        'teacher',
        `${grouped(teacher.parameterCount)} parameters: ${grouped(teacher.layers)} layers, width ${grouped(teacher.width)}`,
      ],
      [
        'loss',
        `${options.alpha} of it the teacher's logits at temperature ${options.temperature}, the rest the text's`,
      ],
      ['text', `${title}, ${grouped(trainTokens)} tokens to train on`],
      ['steps', grouped(train.steps)],
      ...training(train),
      ['device', deviceName(adapter)],
    ]),
    '',
    '## Held-out text',
    '',
    ...table(rows.map(judged)),
  ];
}

function judged({ variant, loss, perplexity, heldOutTokens }: CompressionRow): Row {
  const over = `over ${grouped(heldOutTokens)} held-out tokens`;
  return [variant, `${loss.toFixed(4)} nats a token, perplexity ${perplexity.toFixed(3)}, ${over}`];
}

type Row = readonly [name: string, value: string];

function training(train: TrainConfig): readonly Row[] {
  const { batchSize, sequenceLength, optimizer, learningRate, lrSchedule, warmupSteps, weightDecay, seed } = train;
  const apart = train.documents === 'apart' ? ', attention kept within documents' : '';
  return [
    ['batch', `${grouped(batchSize)} sequences of ${grouped(sequenceLength)} tokens${apart}`],
    [
      'optimiser',
      `${optimizer}, learning rate ${learningRate} (${lrSchedule}, ${warmupSteps} steps of warm-up), weight decay ${weightDecay}`,
    ],
    ['seed', String(seed)],
  ];
}

function deviceName({ vendor, architecture, description, software }: AdapterFacts): string {
  const named = [vendor, architecture, description].filter((word) => word !== '').join(' ');
  return `${named === '' ? 'not named by the browser' : named}${software ? ' (software adapter)' : ''}`;
}

function origin({ history, compressed, dtype }: CardFacts): string {
  const lab = 'in Shardlab, a lab for transformers on WebGPU in the browser.';
  switch (history?.kind) {
    case 'trained':
      return `Trained from ${history.began ?? 'random weights'} ${lab}`;
    case 'distilled':
      return `Distilled from a larger model ${lab}`;
    case undefined: {
      const saved = compressed === undefined ? `saved again with weights in ${dtype}` : 'compressed there';
      return `Loaded into Shardlab and ${saved}; it was not trained there.`;
    }
  }
}

function table(rows: readonly Row[]): readonly string[] {
  // A bar would end the cell, a line the row.
  const cell = (text: string): string => text.replace(/\|/g, '\\|').replace(/\s+/g, ' ');
  return ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${cell(value)} |`)];
}

function grouped(value: number): string {
  return value.toLocaleString('en');
}
