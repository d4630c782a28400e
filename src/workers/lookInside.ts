// Looks inside the model that a host has: makes tokens of the text, keeps the programs for the sizes that were asked last, and says what tokens
// stand for. What is read is read by src/infer.

import type { CheckContext } from '../check/conformance';
import { LabError } from '../core/errors';
import type { Inspection, InspectRequest } from '../core/insideRecords';
import { modelSizes } from '../core/modelConfig';
import { JsonTokenizer } from '../data/jsonTokenizer';
import type { Tokenizer } from '../data/tokenizer';
import { Inspector, mostTokens } from '../infer/inspector';
import type { ParameterStore } from '../infer/parameterStore';
import type { ModelReader } from './modelReader';

const DEFAULT_TOP = 5;
const MOST_TOP = 20;
/** Programs that are kept ready. */
const KEPT = 2;

interface MarkedText {
  readonly ids: Uint32Array;
  /** What a token is called that stands for no text. */
  readonly names: ReadonlyMap<number, string>;
  readonly dropped: number;
}

/** As the model takes texts: with the marks of their ends where it reads whole sequences, without them where it continues. */
function encode(tokenizer: Tokenizer, text: string, marked: boolean): MarkedText {
  if (marked && tokenizer instanceof JsonTokenizer) {
    const { ids, tokens } = tokenizer.encodeWithSpecialTokens(text);
    return { ids, names: new Map(tokens.map((token, at) => [ids[at], token])), dropped: 0 };
  }
  return { ...tokenizer.encodeCounted(text), names: new Map() };
}

export class LookInside {
  private inspectors: { readonly key: string; readonly built: Promise<Inspector> }[] = [];
  private store: ParameterStore | null = null;

  /** @throws LabError `data.invalid` for a text without tokens, `run.nonFinite`, `gpu.limit`, `gpu.outOfMemory` */
  async inspect(
    engine: CheckContext,
    reader: ModelReader,
    tokenizer: Tokenizer,
    step: number | null,
    { text, top = DEFAULT_TOP }: InspectRequest,
  ): Promise<Inspection> {
    const start = performance.now();
    const { model } = reader;
    const { layers, heads, width, masked } = modelSizes(model);
    const encoded = encode(tokenizer, text, masked);
    const ids = encoded.ids.slice(0, mostTokens(model));
    if (ids.length === 0)
      throw new LabError({
        code: 'data.invalid',
        message: 'The text has no tokens.',
        advice: 'Write at least one character that the vocabulary has.',
      });
    const inspector = await this.inspector(engine, reader, ids.length, Math.max(1, Math.min(MOST_TOP, top)));
    const { attentions, residuals, lens } = await inspector.read(ids);
    const nameOf = (id: number): string => tokenizer.decode([id]) || encoded.names.get(id) || `#${id}`;
    const vocabulary = new Map([...new Set([...ids, ...(lens?.tokens ?? [])])].map((id) => [id, nameOf(id)]));
    return {
      ids,
      texts: Array.from(ids, (id) => vocabulary.get(id) ?? ''),
      vocabulary,
      layers,
      heads,
      width,
      attentions,
      residuals,
      lens,
      leftOut: encoded.ids.length - ids.length,
      dropped: encoded.dropped,
      step,
      milliseconds: performance.now() - start,
    };
  }

  private async inspector(engine: CheckContext, reader: ModelReader, count: number, top: number): Promise<Inspector> {
    const store = await reader.store();
    if (store !== this.store) this.clear();
    this.store = store;
    const tokens = Inspector.paddedTokens(reader.model, count);
    const key = `${tokens} ${top}`;
    const known = this.inspectors.find((each) => each.key === key);
    if (known) return known.built;
    const choices = engine.choices.unrecorded();
    const entry = { key, built: Inspector.build({ ...engine, choices }, reader.model, store, tokens, top) };
    this.inspectors.push(entry);
    // What failed may be tried again.
    entry.built.catch(() => {
      this.inspectors = this.inspectors.filter((each) => each !== entry);
    });
    for (const { built } of this.inspectors.splice(0, this.inspectors.length - KEPT)) destroy(built);
    return entry.built;
  }

  /** Frees all programs: the model is another one, or gone. */
  clear(): void {
    this.store = null;
    for (const { built } of this.inspectors.splice(0)) destroy(built);
  }
}

function destroy(built: Promise<Inspector>): void {
  built.then(
    (inspector) => inspector.destroy(),
    () => undefined,
  );
}
