// One set of axes on a canvas: draws columns of data as pens on chart paper, with cursor, zoom by drag, and baselines.
// uPlot does the drawing; what the data means is the caller's business.

import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { Walked } from '../pictures/Walked';
import { metricsLog } from '../stores/metricsLog';
import { useView } from '../stores/viewStore';
import { chartStore, useChart } from './chartStore';
import type { CurveData, CurveWindow } from './curves';
import styles from './Plot.module.css';
import { axisOptions, type Baseline, drawBaselines, drawFineGrid, rightMargin, yRange } from './plotPaper';
import { themeColor } from './themeColor';

export interface Pen {
  /** A custom property of the theme. */
  readonly color: string;
  readonly width: number;
  readonly dash?: readonly number[];
  readonly points?: boolean;
  readonly faint?: boolean;
}

interface PlotProps {
  readonly name: string;
  /** Spoken instead of the picture. */
  readonly summary: string;
  readonly pens: readonly Pen[];
  readonly data: (window: CurveWindow) => CurveData;
  readonly log?: boolean;
  readonly formatY: (value: number) => string;
  readonly formatX: (value: number) => string;
  readonly baselines?: readonly Baseline[];
  readonly className?: string | undefined;
  /** At least this many steps wide, so that a young curve does not fill the paper. */
  readonly totalSteps: number;
  readonly onReady?: (plot: uPlot | null) => void;
}

const sync = uPlot.sync('run');

export function Plot(props: PlotProps) {
  const { name, summary, className } = props;
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const theme = useView((state) => state.theme);
  const range = useChart((state) => state.range);

  // Colours are read from the theme when the plot is made.
  // biome-ignore lint/correctness/useExhaustiveDependencies: these make a new plot; everything else is read from `latest`
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    let made: uPlot | null = null;
    const draw = () => {
      if (made === null || element.clientWidth === 0) return;
      made.setData(latest.current.data({ range: chartStore.getState().range, width: element.clientWidth }), true);
    };
    const make = () => {
      made?.destroy();
      made = new uPlot(
        optionsFor(element, () => latest.current),
        [[], ...latest.current.pens.map(() => [])],
        element,
      );
      plot.current = made;
      latest.current.onReady?.(made);
      draw();
    };
    make();
    const resized = new ResizeObserver(() => {
      made?.setSize({ width: element.clientWidth, height: element.clientHeight });
      draw();
    });
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    const stopMetrics = metricsLog.subscribe(draw);
    return () => {
      stopMetrics();
      scheme.removeEventListener('change', make);
      resized.disconnect();
      latest.current.onReady?.(null);
      made?.destroy();
      plot.current = null;
    };
  }, [theme, props.log, props.pens]);

  // Whatever else changes (baselines, smoothing, language, range) only needs fresh data and a redraw.
  // biome-ignore lint/correctness/useExhaustiveDependencies: these ask for a redraw; everything else is read from `latest`
  useEffect(() => {
    const element = holder.current;
    if (plot.current === null || element === null) return;
    plot.current.setData(latest.current.data({ range, width: element.clientWidth }), true);
  }, [range, props.data, props.baselines, props.formatY, props.totalSteps]);

  return (
    <Walked
      ref={holder}
      className={`${styles.plot} ${className ?? ''}`}
      label={`${name}. ${summary}`}
      onKeyDown={(event) => {
        if (plot.current !== null && steer(plot.current, event.key)) event.preventDefault();
      }}
    />
  );
}

function optionsFor(element: HTMLElement, props: () => PlotProps): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (property: string) => themeColor(element, property);
  const { pens, log } = props();
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    padding: [10, (plot) => rightMargin(plot, style, props().formatX(Math.floor(xRange(props())[1]))), 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: sync.key, scales: ['x', null] },
      drag: { x: true, y: false, setScale: false },
      points: { size: 7 },
      y: false,
      bind: {
        dblclick: () => () => {
          chartStore.setState({ range: null });
          return null;
        },
      },
    },
    scales: {
      x: { time: false, range: () => xRange(props()) },
      y: {
        distr: log ? 3 : 1,
        log: 10,
        range: (_, min, max) => yRange(min, max, props().baselines ?? [], log === true),
      },
    },
    axes: axisOptions(style, color, log === true, {
      x: (value) => props().formatX(value),
      y: (value) => (metricsLog.length === 0 && (props().baselines ?? []).length === 0 ? '' : props().formatY(value)),
    }),
    series: [
      {},
      ...pens.map(
        (pen): uPlot.Series => ({
          stroke: color(pen.color),
          width: pen.width,
          alpha: pen.faint ? 0.33 : 1,
          spanGaps: true,
          ...(pen.dash ? { dash: [...pen.dash] } : {}),
          points: pen.points ? { show: true, size: 5, width: 1.4, fill: color('--screen') } : { show: false },
        }),
      ),
    ],
    hooks: {
      drawClear: [(plot) => drawFineGrid(plot, color('--grid-fine'), log === true)],
      draw: [(plot) => drawBaselines(plot, props().baselines ?? [], color)],
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          chartStore.setState({ range: [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')] });
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      setCursor: [
        (plot) => {
          const { left } = plot.cursor;
          const step = left === undefined || left === null || left < 0 ? null : Math.round(plot.posToVal(left, 'x'));
          if (step !== chartStore.getState().cursor) chartStore.setState({ cursor: step });
        },
      ],
    },
  };
}

function xRange({ totalSteps }: PlotProps): [number, number] {
  const { range } = chartStore.getState();
  if (range !== null) return [range[0], range[1]];
  const done = metricsLog.last('step') ?? 0;
  // Room to grow, but never a long empty sheet: at most half as much again as there is.
  return [0, Math.max(20, Math.min(totalSteps, Math.ceil(done * 1.5)), done)];
}

/** The cursor and the view by keyboard: arrows, Home, End; + and - zoom about the cursor, 0 shows all. */
function steer(plot: uPlot, key: string): boolean {
  const { min = 0, max = 1 } = plot.scales['x'] ?? {};
  const [from, to] = [min ?? 0, max ?? 1];
  const at = chartStore.getState().cursor ?? Math.round((from + to) / 2);
  const moveTo = (step: number) => {
    const left = plot.valToPos(Math.min(to, Math.max(from, step)), 'x');
    plot.setCursor({ left, top: 10 });
    return true;
  };
  const zoom = (factor: number) => {
    chartStore.setState({ range: [Math.max(0, at - (at - from) * factor), at + (to - at) * factor] });
    return true;
  };
  const stride = Math.max(1, Math.round((to - from) / 50));
  switch (key) {
    case 'ArrowLeft':
      return moveTo(at - stride);
    case 'ArrowRight':
      return moveTo(at + stride);
    case 'Home':
      return moveTo(from);
    case 'End':
      return moveTo(to);
    case '+':
      return zoom(0.5);
    case '-':
      return zoom(2);
    case '0':
      chartStore.setState({ range: null });
      return true;
    default:
      return false;
  }
}
