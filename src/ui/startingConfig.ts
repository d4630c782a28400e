// A configuration as it was written, laid over the model of a folder that the run begins with. Pure.

import type { ModelConfig } from '../core/modelConfig';

export interface StartingConfig {
  readonly config: ModelConfig;
  readonly tokenizerJson: string | null;
}

/**
 * The folder's model takes the place of a preset's; fields of it that were written stay, to be found out where they differ. Its tokenizer is used
 * where none was written. What is no object is left as it is, for the schema to refuse.
 */
export function withStart(written: unknown, { config, tokenizerJson }: StartingConfig): unknown {
  if (!isRecord(written)) return written;
  const { model = {}, data = {} } = written;
  if (!isRecord(model) || !isRecord(data)) return written;
  return {
    ...written,
    model: { ...config, ...model },
    data: tokenizerJson === null ? data : { tokenizer: 'json', ...data },
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
