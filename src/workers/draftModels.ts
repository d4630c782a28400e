// The drafts that a loaded model can decode with speculatively: a smaller model of another folder, or its own copy in 4 bits, made when it is first
// asked for. It only holds their weights; the rounds are src/infer/speculativeDecoder's.

import type { CheckContext } from '../check/conformance';
import { LabError } from '../core/errors';
import { DEFAULT_GROUP } from '../core/quantization/scheme';
import type { DraftChoice, SettingChange } from '../core/records';
import type { Tokenizer } from '../data/tokenizer';
import type { QuantizedParameters } from '../infer/quantizedParameters';
import { holdQuantized, quantizedModel } from '../infer/quantizedText';
import { limitedCount } from '../infer/samplingLimits';
import type { TextParameters } from '../infer/speculativeDecoder';
import type { ModelReader } from './modelReader';

/** Rows that a model judges at once are still decoding: see plans/cachedAttention.ts. */
const MOST_DRAFTED = 15;

export class DraftModels {
  private own: Promise<QuantizedParameters> | null = null;

  /** @param folder that speaks in the model's tokens: see requireSameTokens */
  constructor(
    private readonly engine: CheckContext,
    private readonly reader: ModelReader,
    private readonly folder: { readonly reader: ModelReader } | null,
  ) {}

  /** @throws LabError `config.invalid` where no folder was loaded for it; `gpu.limit`, `gpu.outOfMemory` */
  async of(from: DraftChoice['from']): Promise<TextParameters> {
    if (from === 'folder') {
      if (this.folder === null)
        throw new LabError({
          code: 'config.invalid',
          message: 'There is no draft model.',
          advice: "Load one beside the model, or draft with the model's own weights in int4.",
        });
      return { model: this.folder.reader.model, store: await this.folder.reader.store() };
    }
    this.own ??= this.rounded();
    this.own.catch(() => {
      this.own = null;
    });
    return { model: this.reader.model, store: await this.own };
  }

  private async rounded(): Promise<QuantizedParameters> {
    const { reader, engine } = this;
    const asked = { ...engine, choices: engine.choices.unrecorded() };
    const scheme = { name: 'int4', group: DEFAULT_GROUP } as const;
    const weights = await reader.parameters();
    const rounded = await quantizedModel(asked, reader.model, weights, scheme, () => undefined);
    return holdQuantized(asked, reader.model, rounded, false);
  }

  destroy(): void {
    this.folder?.reader.destroy();
    void this.own?.then((parameters) => parameters.destroy()).catch(() => undefined);
  }
}

/** How many tokens a draft proposes in a round. */
export function draftTokensOf({ tokens }: DraftChoice, changes: SettingChange[]): number {
  return limitedCount(
    'draftTokens',
    tokens,
    MOST_DRAFTED,
    `a draft proposes 1 to ${MOST_DRAFTED} tokens at once`,
    changes,
  );
}

/** @throws LabError `model.mismatch` where a token of one reads otherwise with the other */
export function requireSameTokens(own: Tokenizer, drafts: Tokenizer): void {
  if (JSON.stringify(own.spec) === JSON.stringify(drafts.spec)) return;
  const { vocabularySize } = own;
  const differs = Array.from({ length: vocabularySize }, (_, id) => id).find(
    (id) => own.decode([id]) !== drafts.decode([id]),
  );
  if (differs === undefined && vocabularySize === drafts.vocabularySize) return;
  throw new LabError({
    code: 'model.mismatch',
    message: 'The draft has another tokenizer than the model.',
    why:
      differs === undefined
        ? `It has ${drafts.vocabularySize} tokens, and the model ${vocabularySize}.`
        : `Token ${differs} is '${drafts.decode([differs])}', and '${own.decode([differs])}' of the model.`,
    advice: 'Take a draft that was trained with the same tokenizer.',
  });
}
