// Reads generation_config.json as transformers' GenerationConfig (version 5) means it: what of it the lab draws by, and what would change a text and
// is not followed, by name. It draws nothing and refuses nothing: a text is still continued.

import type { GenerationDefaults, NamedValue } from '../core/records';
import { type JsonRecord, parseRecord } from './jsonRecord';
import type { KeptTexts } from './modelFolder';

/** transformers' own, where do_sample is true and the file leaves it out. */
const SAMPLED = { temperature: 1, top_k: 50 };

/** Fields that change no text here, whatever their value: names of special tokens, what else is put out, how a cache is kept. */
const SILENT = new Set([
  '_from_model_config',
  '_commit_hash',
  'transformers_version',
  'bos_token_id',
  'pad_token_id',
  'decoder_start_token_id',
  'use_cache',
  'cache_implementation',
  'cache_config',
  'return_legacy_cache',
  'prefill_chunk_size',
  'low_memory',
  'compile_config',
  'disable_compile',
  'is_assistant',
  'return_dict_in_generate',
  'output_attentions',
  'output_hidden_states',
  'output_logits',
  'output_scores',
  'remove_invalid_values',
  // endTokensOf reads it.
  'eos_token_id',
  // Beside an assistant model alone.
  'num_assistant_tokens',
  'num_assistant_tokens_schedule',
  'assistant_confidence_threshold',
  'assistant_lookbehind',
  'target_lookbehind',
]);

/** Values of other fields that leave a text as it is; for fields that are not here that is null alone. */
const NEUTRAL: Readonly<Record<string, readonly unknown[]>> = {
  num_beam_groups: [1],
  num_return_sequences: [1],
  diversity_penalty: [0],
  no_repeat_ngram_size: [0],
  encoder_no_repeat_ngram_size: [0],
  encoder_repetition_penalty: [1],
  typical_p: [1],
  epsilon_cutoff: [0],
  eta_cutoff: [0],
  renormalize_logits: [false],
  min_length: [0],
  min_new_tokens: [0],
  guidance_scale: [1],
  token_healing: [false],
};

class Fields {
  private readonly seen = new Set<string>();
  readonly wrong: NamedValue[] = [];

  constructor(private readonly record: JsonRecord) {}

  private take<T>(field: string, reads: (value: unknown) => T | undefined): T | undefined {
    const value = this.record[field];
    this.seen.add(field);
    if (value === undefined || value === null) return undefined;
    const read = reads(value);
    if (read === undefined) this.wrong.push(named(field, value));
    return read;
  }

  number(field: string): number | undefined {
    return this.take(field, (value) => (typeof value === 'number' ? value : undefined));
  }

  boolean(field: string): boolean | undefined {
    return this.take(field, (value) => (typeof value === 'boolean' ? value : undefined));
  }

  earlyStopping(): boolean | 'never' | undefined {
    return this.take('early_stopping', (value) =>
      typeof value === 'boolean' || value === 'never' ? value : undefined,
    );
  }

  strings(field: string): readonly string[] | undefined {
    return this.take(field, (value) => {
      const list: readonly unknown[] = Array.isArray(value) ? value : [value];
      const strings = list.filter((item) => typeof item === 'string');
      return strings.length === list.length ? strings : undefined;
    });
  }

  /** Fields that nobody took, with values that would change a text. */
  get others(): NamedValue[] {
    return Object.entries(this.record)
      .filter(([field, value]) => {
        if (this.seen.has(field) || SILENT.has(field) || value === null) return false;
        return NEUTRAL[field]?.includes(value) !== true;
      })
      .map(([field, value]) => named(field, value));
  }
}

function named(field: string, value: unknown): NamedValue {
  return { field, value: JSON.stringify(value) };
}

/** Null where the folder has no generation_config.json. @throws LabError `config.invalid` for a file that is no JSON object */
export function readGenerationDefaults({ files }: KeptTexts): GenerationDefaults | null {
  const file = files.find(({ name }) => name === 'generation_config.json');
  if (!file) return null;
  const fields = new Fields(parseRecord(file.name, new TextDecoder().decode(file.bytes)));
  const sampled = fields.boolean('do_sample');
  const [temperature, topK, topP, minP] = ['temperature', 'top_k', 'top_p', 'min_p'].map((field) =>
    fields.number(field),
  );
  const all = {
    maxTokens: fields.number('max_new_tokens'),
    repetitionPenalty: fields.number('repetition_penalty'),
    stop: fields.strings('stop_strings'),
    // Without do_sample transformers takes the best token, whatever the cuts; a file that says nothing of it leaves that to whoever asks.
    ...(sampled === true
      ? { temperature: temperature ?? SAMPLED.temperature, topK: topK ?? SAMPLED.top_k, topP, minP }
      : {}),
    ...(sampled === false ? { temperature: 0 } : {}),
  };
  const beams = fields.number('num_beams');
  const searching = {
    beams,
    lengthPenalty: fields.number('length_penalty'),
    earlyStopping: fields.earlyStopping(),
  };
  const searched = beams !== undefined && beams > 1;
  // Beams that are drawn are another search.
  if (searched && sampled === true) fields.wrong.push(named('num_beams', beams));
  const maxLength = fields.number('max_length');
  const whole = searched && sampled !== true ? { ...all, ...searching } : all;
  return {
    settings: Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined)),
    maxLength: all.maxTokens === undefined ? (maxLength ?? null) : null,
    notFollowed: [...fields.wrong, ...fields.others],
  };
}
