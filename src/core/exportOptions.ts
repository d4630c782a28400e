// How a model's folder is written: the type of its weights, and how much of them one file holds. What the page's form, the command line and
// the writer share. Pure.

export const floatDtypes = ['F32', 'BF16', 'F16'] as const;
export type FloatDtype = (typeof floatDtypes)[number];

/** A run's model whole, with adapters merged; its adapters alone; or what each rank of its mesh holds. */
export const exportForms = ['merged', 'adapter', 'shards'] as const;
export type ExportForm = (typeof exportForms)[number];

/** Where in a folder of a merged model its adapter lies: beside the weights it would be merged a second time. */
export const ADAPTER_FOLDER = 'adapter';

export interface ExportOptions {
  /** Left out: merged. */
  readonly form?: ExportForm;
  /** Left out: the type that the model came in, F32 for one that was trained here. */
  readonly dtype?: FloatDtype;
  /** Tensors of one file take no more than this, save one that alone does. Left out: one file. */
  readonly maxShardBytes?: number;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/** Bytes of a size such as `5MB`, `1.5GiB` or `4096`, KB being 1,000 and KiB 1,024; null for anything else, and for less than 1. */
export function parseByteSize(text: string): number | null {
  const [, number = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([KMG]?I?B)?\s*$/i.exec(text) ?? [];
  const scale = UNITS[unit.toUpperCase()];
  if (number === '' || scale === undefined) return null;
  const bytes = Math.floor(Number(number) * scale);
  return Number.isSafeInteger(bytes) && bytes >= 1 ? bytes : null;
}
