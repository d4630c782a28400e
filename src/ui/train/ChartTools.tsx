// The tools that every chart of steps has: whole view, and those of any picture.

import { ZoomOut } from 'lucide-react';
import { chartStore, useChart } from '../charts/chartStore';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import type { PictureData } from '../pictures/csv';
import { PictureTools } from '../pictures/PictureTools';

interface ChartToolsProps {
  readonly name: string;
  readonly asTable: boolean;
  readonly onTable: (asTable: boolean) => void;
  readonly canvas: () => HTMLCanvasElement | null;
  readonly table: () => PictureData;
  readonly empty: boolean;
}

export function ChartTools(props: ChartToolsProps) {
  const { t } = useText();
  const zoomed = useChart((state) => state.range !== null);
  return (
    <>
      {zoomed ? (
        <IconButton icon={ZoomOut} label={t.charts.resetZoom} onClick={() => chartStore.setState({ range: null })} />
      ) : null}
      <PictureTools {...props} />
    </>
  );
}
