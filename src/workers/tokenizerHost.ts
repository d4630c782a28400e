// The host that trains a tokenizer on the documents of shards, and takes texts apart with any. The page may kill it at any time: patterns of a
// tokenizer.json can run for ever.

import { LabError } from '../core/errors';
import type { SplitName } from '../core/pipelineRecords';
import type { TokenizerSpec } from '../core/records';
import type { LearntMerge, TrainingProgress } from '../core/tokenizerRecords';
import { createTokenizer } from '../data/createTokenizer';
import { ShardReader } from '../data/pipeline/shards/shardReader';
import type { ShardStore } from '../data/pipeline/shards/shardStore';
import type { Tokenizer } from '../data/tokenizer';
import { Breather } from '../data/tokenizerTraining/breather';
import { TokenizerTraining } from '../data/tokenizerTraining/trainTokenizer';
import { readableSpelling, TokenSpelling } from '../data/tokenSpelling';
import { forgetTokenizer, keepTokenizer, keptTokenizers } from './keptTokenizers';
import { openOpfsStore } from './opfsStore';
import type { TokenizerApi, TokenizerEvent, TrainTokenizerRequest, TrainTokenizerResult } from './tokenizerProtocol';

const HEARTBEAT_MS = 500;
/** Tokens that are read and decoded at a stretch. */
const READ_TOKENS = 262_144;
const HELD_OUT_BYTES = 1_000_000;
/** Merges that the result brings, since events on their way may be lost when the worker ends. */
const TOLD_MERGES = 120;
/** Made from their files again and again otherwise, while somebody types. */
const KEPT_TOKENIZERS = 4;

export class TokenizerHost {
  #port: MessagePort | null = null;
  readonly #known = new Map<string, Tokenizer>();

  #emit(event: TokenizerEvent): void {
    this.#port?.postMessage(event);
  }

  async #train({ options, index, folder, tokenizer: spec }: TrainTokenizerRequest): Promise<TrainTokenizerResult> {
    requireFaithful(spec);
    const start = performance.now();
    const store = await openOpfsStore(folder);
    const tokenizer = createTokenizer(spec);
    const training = new TokenizerTraining(options);
    const breather = new Breather();
    const ofDocuments = index.splits.train.documents;
    let documents = 0;
    for await (const text of documentTexts(index, 'train', store, tokenizer)) {
      training.push(text);
      training.endDocument();
      documents++;
      if (!breather.due()) continue;
      this.#emit({ type: 'progress', progress: { phase: 'reading', documents, ofDocuments } });
      await breather.breathe();
    }
    let merges: readonly LearntMerge[] = [];
    const trained = await training.train({
      onProgress: (learnt) => {
        const progress = options.kind === 'byte-level-bpe' ? readable(learnt) : learnt;
        if (progress.phase === 'merges') merges = [...merges, ...progress.merges].slice(-TOLD_MERGES);
        this.#emit({ type: 'progress', progress });
      },
    });
    const made = createTokenizer({ kind: 'json', json: trained.json });
    const heldOut = { bytes: 0, tokens: 0 };
    for await (const text of documentTexts(index, 'validation', store, tokenizer)) {
      heldOut.bytes += new TextEncoder().encode(text).length;
      heldOut.tokens += made.encode(text).length;
      if (breather.due()) await breather.breathe();
      if (heldOut.bytes > HELD_OUT_BYTES) break;
    }
    return {
      ...trained,
      newestMerges: merges,
      heldOut: heldOut.tokens === 0 ? null : heldOut,
      seconds: (performance.now() - start) / 1_000,
    };
  }

  #tokenizer(spec: TokenizerSpec): Tokenizer {
    const key = spec.kind === 'json' ? spec.json : spec.kind;
    const known = this.#known.get(key) ?? createTokenizer(spec);
    this.#known.delete(key);
    this.#known.set(key, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT_TOKENIZERS) break;
      this.#known.delete(oldest);
    }
    return known;
  }

  readonly api: TokenizerApi = {
    connect: async (port) => {
      this.#port = port;
      setInterval(() => this.#emit({ type: 'heartbeat' }), HEARTBEAT_MS);
    },
    train: (request) => this.#train(request),
    keep: keepTokenizer,
    kept: keptTokenizers,
    forget: forgetTokenizer,
    tokenize: async (spec, text) => {
      const tokenizer = this.#tokenizer(spec);
      const { ids, dropped } = tokenizer.encodeCounted(text);
      const spelling = new TokenSpelling(tokenizer);
      return {
        tokens: Array.from(ids, (id) => ({ id, ...spelling.of(id) })),
        bytes: new TextEncoder().encode(text).length,
        dropped,
        vocabularySize: tokenizer.vocabularySize,
      };
    },
  };
}

/** Merges in the characters of the text, not in those that stand for bytes. */
function readable(progress: TrainingProgress): TrainingProgress {
  if (progress.phase !== 'merges') return progress;
  const merges = progress.merges.map(({ left, right, count }) => ({
    left: readableSpelling(left),
    right: readableSpelling(right),
    count,
  }));
  return { ...progress, merges };
}

/** Texts of a split's documents, from their tokens. */
async function* documentTexts(
  index: TrainTokenizerRequest['index'],
  name: SplitName,
  store: ShardStore,
  tokenizer: Tokenizer,
): AsyncGenerator<string> {
  const split = index.splits[name];
  const reader = new ShardReader(index, name, store);
  const { buffer } = await store.read(split.documentsFile.name, 0, split.documentsFile.bytes);
  const facts = new Uint32Array(buffer);
  const end = index.documentEnd.length;
  let at = 0;
  for (let first = 0; first < facts.length; ) {
    let next = first;
    let count = 0;
    while (next < facts.length && (next === first || count + facts[next + 2] <= READ_TOKENS)) {
      count += facts[next + 2];
      next += 3;
    }
    const tokens = await reader.tokens(at, count);
    let from = 0;
    for (; first < next; first += 3) {
      const own = facts[first + 2];
      yield tokenizer.decode(tokens.subarray(from, from + own - end));
      from += own;
    }
    at += count;
  }
}

/** @throws LabError `data.invalid` where the texts cannot be had from the tokens as they were */
function requireFaithful(spec: TokenizerSpec): void {
  if (spec.kind !== 'json' || /"decoder"\s*:\s*\{\s*"type"\s*:\s*"ByteLevel"/.test(spec.json)) return;
  throw new LabError({
    code: 'data.invalid',
    message: 'These shards do not give their texts back as they were.',
    why: 'They were made with a tokenizer that loses spaces or rare characters, such as WordPiece.',
    advice: 'Prepare the data with bytes as its tokens, then train the tokenizer.',
  });
}
