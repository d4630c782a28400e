// The contenders' curves on one sheet of chart paper, with a cursor that pointer and arrow keys move. Drawing only.

import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import type { CurveData } from '../charts/curves';
import paper from '../charts/Plot.module.css';
import { axisOptions, drawBaselines, drawFineGrid, yRange } from '../charts/plotPaper';
import { themeColor } from '../charts/themeColor';
import { linearTicks } from '../charts/ticks';
import { Walked } from '../pictures/Walked';
import { useView } from '../stores/viewStore';
import type { ContenderId } from './contenders';
import styles from './Race.module.css';
import { racePens } from './racePens';

interface RacePlotProps {
  readonly name: string;
  /** Spoken instead of the picture. */
  readonly summary: string;
  readonly ids: readonly ContenderId[];
  readonly data: CurveData;
  readonly formatX: (value: number) => string;
  readonly formatY: (value: number) => string;
  readonly onCursor: (x: number | null) => void;
  readonly onReady: (plot: uPlot | null) => void;
}

const X_TICK_PX = 80;

export function RacePlot(props: RacePlotProps) {
  const { name, summary, ids, data } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const theme = useView((state) => state.theme);
  const order = ids.join(' ');

  // biome-ignore lint/correctness/useExhaustiveDependencies: theme and contenders make a new plot; everything else is read from `latest`
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(
        optionsFor(element, () => latest.current),
        latest.current.data,
        element,
      );
      latest.current.onReady(plot.current);
    };
    make();
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      scheme.removeEventListener('change', make);
      resized.disconnect();
      latest.current.onReady(null);
      plot.current?.destroy();
      plot.current = null;
    };
  }, [theme, order]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: other formats, as after a change of language, need a redraw too
  useEffect(() => plot.current?.setData(data, true), [data, props.formatX, props.formatY]);

  return (
    <Walked
      ref={holder}
      className={`${paper.plot} ${styles.plot}`}
      label={`${name}. ${summary}`}
      onKeyDown={(event) => {
        if (plot.current !== null && steer(plot.current, event.key)) event.preventDefault();
      }}
    />
  );
}

function optionsFor(element: HTMLElement, props: () => RacePlotProps): uPlot.Options {
  const color = (property: string) => themeColor(element, property);
  const formats = { x: (value: number) => props().formatX(value), y: (value: number) => props().formatY(value) };
  const [x = {}, y = {}] = axisOptions(getComputedStyle(element), color, false, formats);
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    padding: [10, 12, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false, setScale: false }, points: { size: 7 }, y: false },
    scales: {
      x: { time: false, range: (_, _min, max) => [0, max > 0 ? max : 1] },
      y: { range: (_, min, max) => yRange(min, max, [], false) },
    },
    axes: [
      {
        ...x,
        // Seconds and megabytes come in parts, unlike steps.
        splits: (plot, _axis, min, max) => linearTicks(min, max, plot.bbox.width / devicePixelRatio / X_TICK_PX),
      },
      y,
    ],
    series: [
      {},
      ...props().ids.map(
        (id): uPlot.Series => ({
          stroke: color(racePens[id].color),
          width: racePens[id].width,
          spanGaps: true,
          dash: [...racePens[id].dash],
          points: { show: false },
        }),
      ),
    ],
    hooks: {
      drawClear: [(plot) => undashed(plot, () => drawFineGrid(plot, color('--grid-fine'), false))],
      draw: [(plot) => undashed(plot, () => drawBaselines(plot, [], color))],
      setCursor: [
        (plot) => {
          const { left } = plot.cursor;
          props().onCursor(left === undefined || left === null || left < 0 ? null : plot.posToVal(left, 'x'));
        },
      ],
    },
  };
}

/** The last curve's dashes are still set when the paper is drawn. */
function undashed(plot: uPlot, draw: () => void): void {
  plot.ctx.save();
  plot.ctx.setLineDash([]);
  draw();
  plot.ctx.restore();
}

function steer(plot: uPlot, key: string): boolean {
  const end = plot.scales['x']?.max ?? 1;
  const { left } = plot.cursor;
  const at = left === undefined || left === null || left < 0 ? end / 2 : plot.posToVal(left, 'x');
  const to = new Map([
    ['ArrowLeft', at - end / 50],
    ['ArrowRight', at + end / 50],
    ['Home', 0],
    ['End', end],
  ]).get(key);
  if (to === undefined) return false;
  plot.setCursor({ left: plot.valToPos(Math.min(end, Math.max(0, to)), 'x'), top: 10 });
  return true;
}
