// The tools that every picture has: picture or table, SVG, PNG, CSV. It draws nothing itself.

import { ChartSpline, FileSpreadsheet, ImageDown, Spline, Table2 } from 'lucide-react';
import { saveCsv } from '../downloads';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import { flash } from '../stores/runStore';
import type { PictureData } from './csv';
import { saveCanvas, savePng, saveSvg, type VectorPicture } from './savePicture';

interface PictureToolsProps {
  /** Of the files: `schedule` becomes shardlab-schedule.svg. */
  readonly name: string;
  /** Left out for pictures that are drawn on a canvas only; null while there is nothing to draw. */
  readonly svg?: () => VectorPicture | null;
  /** The PNG of a picture without SVG. */
  readonly canvas?: () => HTMLCanvasElement | null;
  readonly table: () => PictureData;
  readonly asTable: boolean;
  readonly onTable: (asTable: boolean) => void;
  readonly empty?: boolean;
}

export function PictureTools({ name, svg, canvas, table, asTable, onTable, empty = false }: PictureToolsProps) {
  const { t } = useText();
  const png = async () => {
    const vector = svg?.() ?? null;
    const raster = vector === null ? (canvas?.() ?? null) : null;
    try {
      if (vector !== null) await savePng(vector, name);
      else if (raster !== null) saveCanvas(raster, name);
    } catch {
      flash(t.charts.pictureFailed);
    }
  };
  return (
    <>
      <IconButton
        icon={asTable ? ChartSpline : Table2}
        label={asTable ? t.charts.chart : t.charts.table}
        pressed={asTable}
        disabled={empty}
        onClick={() => onTable(!asTable)}
      />
      {svg === undefined ? null : (
        <IconButton
          icon={Spline}
          label={t.charts.svg}
          disabled={empty || asTable}
          onClick={() => {
            const vector = svg();
            if (vector !== null) saveSvg(vector, name);
          }}
        />
      )}
      {svg === undefined && canvas === undefined ? null : (
        <IconButton icon={ImageDown} label={t.charts.png} disabled={empty || asTable} onClick={() => void png()} />
      )}
      <IconButton
        icon={FileSpreadsheet}
        label={t.charts.csv}
        disabled={empty}
        onClick={() => saveCsv(table(), `shardlab-${name}.csv`)}
      />
    </>
  );
}
