// The Inside view's pictures as tables. Pure.

import type { Inspection, TensorReport } from '../../core/insideRecords';
import { lensRows, rowNorms } from '../../core/inspectionRows';
import type { PictureData } from '../pictures/csv';

type Columns = readonly string[];

/** A row for each weight of a head that is not zero, in order of the text. */
export function attentionTable(
  { attentions, texts }: Inspection,
  layer: number,
  head: number,
  columns: Columns,
): PictureData {
  const T = texts.length;
  const weights = attentions[layer]?.subarray(head * T * T, (head + 1) * T * T) ?? new Float32Array(0);
  const rows = [...weights].flatMap((share, at) =>
    share > 0 ? [[layer, head, texts[Math.floor(at / T)] ?? '', texts[at % T] ?? '', share]] : [],
  );
  return { columns, rows };
}

/** A row for each layer and place, the last layer first. */
export function lensTable(inspection: Inspection, columns: Columns): PictureData {
  const rows = lensRows(inspection).map(({ layer, position, top: [best], entropy, actual }) => [
    layer,
    position,
    inspection.texts[position] ?? '',
    best.text,
    best.probability,
    entropy,
    actual === null ? null : actual.probability,
  ]);
  return { columns, rows };
}

/** Mean over the tokens of the stream's norm at each layer. */
export function meanNorms({ residuals, width }: Inspection): number[] {
  return residuals.map((values) => {
    const norms = rowNorms(values, width);
    return norms.reduce((sum, norm) => sum + norm, 0) / norms.length;
  });
}

/** A row for each bin of each rank's histogram. */
export function histogramTable(reports: readonly TensorReport[], columns: Columns): PictureData {
  const rows = reports.flatMap(({ rank, step, minimum, maximum, bins }) => {
    const width = (maximum - minimum) / bins.length;
    return [...bins].map((count, bin) => [rank, step, minimum + bin * width, minimum + (bin + 1) * width, count]);
  });
  return { columns, rows };
}
