// A look inside as rows of plain numbers and texts: what the command line prints, a line a row, and what tables are exported as. Pure.

import type { Inspection } from './insideRecords';

export type InspectionRow =
  | { readonly row: 'token'; readonly position: number; readonly id: number; readonly text: string }
  /** `weights` [T][T]: how much of each token goes into each, a list a token. */
  | {
      readonly row: 'attention';
      readonly layer: number;
      readonly head: number;
      readonly weights: readonly (readonly number[])[];
    }
  /** Euclidean norm of the stream at each token; layer 0 is the embedding. */
  | { readonly row: 'residual'; readonly layer: number; readonly norms: readonly number[] }
  | LensRow;

export interface LensRow {
  readonly row: 'lens';
  readonly layer: number;
  readonly position: number;
  readonly top: readonly { readonly token: number; readonly text: string; readonly probability: number }[];
  /** Nats. */
  readonly entropy: number;
  /** Of the token that the text has; null where it ends before. */
  readonly actual: { readonly probability: number; readonly rank: number } | null;
}

function tokenRows({ ids, texts }: Inspection): InspectionRow[] {
  return texts.map((text, position) => ({ row: 'token', position, id: ids[position], text }));
}

function attentionRows({ attentions, heads, ids }: Inspection): InspectionRow[] {
  const T = ids.length;
  return attentions.flatMap((values, layer) =>
    Array.from({ length: heads }, (_, head) => ({
      row: 'attention' as const,
      layer,
      head,
      weights: Array.from({ length: T }, (_, to) => [...values.subarray((head * T + to) * T, (head * T + to + 1) * T)]),
    })),
  );
}

/** Euclidean norms of the rows of [T, width]. */
export function rowNorms(values: Float32Array, width: number): number[] {
  return Array.from({ length: values.length / width }, (_, row) =>
    Math.hypot(...values.subarray(row * width, (row + 1) * width)),
  );
}

/** What the lens says at one place. */
export function lensRow({ lens, vocabulary, ids }: Inspection, layer: number, position: number): LensRow | null {
  if (!lens) return null;
  const place = layer * ids.length + position;
  const rank = lens.rank[place];
  return {
    row: 'lens',
    layer,
    position,
    top: Array.from({ length: lens.top }, (_, k) => {
      const token = lens.tokens[place * lens.top + k];
      const probability = Math.exp(lens.logProbabilities[place * lens.top + k]);
      return { token, text: vocabulary.get(token) ?? '', probability };
    }),
    entropy: lens.entropy[place],
    actual: rank < 0 ? null : { probability: Math.exp(lens.actual[place]), rank },
  };
}

export function lensRows(inspection: Inspection): LensRow[] {
  return inspection.residuals.flatMap((_, layer) =>
    inspection.texts.flatMap((_text, position) => lensRow(inspection, layer, position) ?? []),
  );
}

export function inspectionRows(inspection: Inspection): InspectionRow[] {
  const { residuals, width } = inspection;
  return [
    ...tokenRows(inspection),
    ...attentionRows(inspection),
    ...residuals.map((values, layer) => ({ row: 'residual' as const, layer, norms: rowNorms(values, width) })),
    ...lensRows(inspection),
  ];
}
