// The files of a model on a Hub, as its listing names them, and which of them a model needs: the smallest set, named before anything large
// is fetched. It downloads no file.

import { LabError } from '../../core/errors';
import { isRecord, shortly } from '../jsonRecord';
import { type HubRepository, listingUrl } from './hubAddress';
import { attempts, type HubConnection, listening, refuseWebPage, requestHub } from './hubRequest';

/** Of a file's bytes (`sha256`, as for large files), or of them behind git's own line about them (`git`). */
export interface Digest {
  readonly kind: 'sha256' | 'git';
  /** Lower-case hexadecimal. */
  readonly hex: string;
}

export interface HubFile {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** What the hub says of the content; null where it says nothing. */
  readonly digest: Digest | null;
}

const LISTING_BYTES = 8_000_000;
/** What the page can hold: the files, and the model that is made of them. */
const MAX_BYTES = 8 * 2 ** 30;
const TEXTS =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|adapter_config)\.json$|^(merges|vocab)\.txt$/;

/** @throws LabError `hub.*` */
export async function listFiles(
  connection: HubConnection,
  base: string,
  repository: HubRepository,
): Promise<readonly HubFile[]> {
  const what = `list of the files of ${repository.id}`;
  const text = await attempts(connection, `The ${what}`, () =>
    listening(connection, async (signal) => {
      const response = await requestHub(
        connection.fetch,
        signal,
        listingUrl(base, repository),
        `model ${repository.id}@${repository.revision}`,
      );
      refuseWebPage(response, `the ${what}`);
      const body = await response.text();
      if (body.length > LISTING_BYTES) throw badListing(what, `It has ${body.length} characters.`);
      return body;
    }),
  );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw badListing(what, cause instanceof Error ? cause.message : String(cause));
  }
  if (!Array.isArray(json)) throw badListing(what, `It holds ${shortly(json)}.`);
  return json.flatMap((entry: unknown) => (isRecord(entry) && entry['type'] === 'file' ? [hubFile(entry, what)] : []));
}

function hubFile(entry: Readonly<Record<string, unknown>>, what: string): HubFile {
  const { path, size, oid, lfs } = entry;
  if (typeof path !== 'string' || typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0)
    throw badListing(what, `It holds ${shortly(entry)}.`);
  const large = isRecord(lfs) ? lfs['oid'] : undefined;
  return {
    name: path,
    size,
    digest: (typeof large === 'string' ? parseDigest(large) : null) ?? (isRecord(lfs) ? null : parseDigest(oid)),
  };
}

/** The digest in an object id or an entity tag: sha256 has 64 digits, git's own 40; null for anything else. */
export function parseDigest(text: unknown): Digest | null {
  const [, hex] =
    typeof text === 'string' ? (/^(?:W\/)?"?(?:sha256:)?([0-9a-f]{64}|[0-9a-f]{40})"?$/i.exec(text.trim()) ?? []) : [];
  return hex === undefined ? null : { kind: hex.length === 64 ? 'sha256' : 'git', hex: hex.toLowerCase() };
}

/**
 * What a model needs of these: its configuration, its tokenizer, its weights as safetensors.
 * @throws LabError `model.unsupported` where there are no such weights, or more than the page can hold
 */
export function modelFilesOf(files: readonly HubFile[], id: string): readonly HubFile[] {
  const texts = files.filter(({ name }) => TEXTS.test(name));
  const single = files.filter(({ name }) => name === 'model.safetensors');
  const shards = files.filter(({ name }) =>
    /^model-\d{5}-of-\d{5}\.safetensors$|^model\.safetensors\.index\.json$/.test(name),
  );
  const weights = single.length > 0 ? single : shards;
  if (weights.length === 0) {
    const others = files
      .map(({ name }) => name)
      .filter((name) => /\.(bin|pt|pth|gguf|h5|msgpack|onnx|safetensors)$/i.test(name));
    throw new LabError({
      code: 'model.unsupported',
      message: `${id} has no model.safetensors.`,
      why:
        others.length === 0
          ? `It has ${files.length} files, and no weights among them.`
          : `Its weights are ${others.slice(0, 5).join(', ')}.`,
      advice: 'Choose a model with safetensors weights; pickles (.bin, .pt) can run code and are never opened.',
    });
  }
  const wanted = [...texts, ...weights];
  const bytes = wanted.reduce((sum, { size }) => sum + size, 0);
  if (bytes > MAX_BYTES) {
    throw new LabError({
      code: 'model.unsupported',
      message: `${id} is too large for this page.`,
      why: `Its files have ${(bytes / 2 ** 30).toFixed(1)} GiB; at most ${MAX_BYTES / 2 ** 30} GiB are loaded.`,
      advice: 'Choose a smaller model.',
    });
  }
  return wanted;
}

function badListing(what: string, why: string): LabError {
  return new LabError({
    code: 'hub.content',
    message: `The ${what} cannot be read.`,
    why,
    advice: 'Check the address of the hub.',
  });
}
