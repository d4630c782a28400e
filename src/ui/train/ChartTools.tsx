// The tools that every chart has: chart or table, picture, numbers, whole view.

import { ChartSpline, FileSpreadsheet, ImageDown, Table2, ZoomOut } from 'lucide-react';
import { chartStore, useChart } from '../charts/chartStore';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';

interface ChartToolsProps {
  readonly asTable: boolean;
  readonly onTable: (asTable: boolean) => void;
  readonly onPicture: () => void;
  readonly onNumbers: () => void;
  readonly empty: boolean;
}

export function ChartTools({ asTable, onTable, onPicture, onNumbers, empty }: ChartToolsProps) {
  const { t } = useText();
  const zoomed = useChart((state) => state.range !== null);
  return (
    <>
      {zoomed ? (
        <IconButton icon={ZoomOut} label={t.charts.resetZoom} onClick={() => chartStore.setState({ range: null })} />
      ) : null}
      <IconButton
        icon={asTable ? ChartSpline : Table2}
        label={asTable ? t.charts.chart : t.charts.table}
        pressed={asTable}
        onClick={() => onTable(!asTable)}
      />
      <IconButton icon={ImageDown} label={t.charts.png} disabled={empty || asTable} onClick={onPicture} />
      <IconButton icon={FileSpreadsheet} label={t.charts.csv} disabled={empty} onClick={onNumbers} />
    </>
  );
}
