// The schedule of a step as a picture: rows of ranks over time, what is predicted above what was measured. A function of (plan, events, what is
// pointed at); zoom, pan and selection are its own. Bars are walked by keyboard, and said in words below.

import {
  type KeyboardEvent,
  type RefObject,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import type { TraceEvent } from '../../core/meshRecords';
import { PlanLinks } from '../../parallel/planLinks';
import type { StepPlan } from '../../parallel/stepPlan';
import { useText } from '../i18n/useText';
import { CanvasPaper } from '../pictures/canvasPaper';
import { Walked } from '../pictures/Walked';
import type { PointedAction } from '../stores/selectionStore';
import { useView } from '../stores/viewStore';
import { drawSchedule, NARROW_GUTTER, type ScheduleMarks, WIDE_GUTTER } from './drawSchedule';
import { revealRow } from './revealRow';
import styles from './ScheduleChart.module.css';
import { ScheduleFoot } from './ScheduleFoot';
import { SliceLine } from './SliceLine';
import { neighbourBar } from './scheduleKeys';
import { readLook, type ScheduleLook } from './scheduleLook';
import { type Basis, bandOf, barTime, findBar, makeScene, type PlacedBar } from './scheduleScene';
import { scheduleSvg } from './scheduleSvg';
import { sliceWords } from './sliceText';
import type { TimeWindow } from './timeWindow';
import { useSchedulePointer } from './useSchedulePointer';
import { useScheduleView } from './useScheduleView';

export interface ScheduleChartProps {
  readonly plan: StepPlan;
  readonly predicted: readonly TraceEvent[] | null;
  readonly measured: readonly TraceEvent[] | null;
  /** The ranks that plan.actions are of, in its order; all of the mesh where left out. */
  readonly ranks?: readonly number[];
  /** The prediction drawn as long as the measurement. */
  readonly fitted?: boolean;
  /** Spoken instead of the picture. */
  readonly label: string;
  readonly pointed: PointedAction | null;
  readonly onPoint: (action: PointedAction | null) => void;
  readonly rank: number | null;
  readonly onRank: (rank: number | null) => void;
  /** Pipeline stages whose bars stand out; null: none more than others. */
  readonly stages?: ReadonlySet<number> | null;
  /** Filled with what makes the picture's SVG. */
  readonly svg?: RefObject<(() => string) | null>;
  /** Names the line that says what is pointed at, for tests. */
  readonly testId?: string;
}

const ZOOM = 0.6;
const PAN = 0.15;
const WIDE = 560;

export function ScheduleChart(props: ScheduleChartProps) {
  const { plan, predicted, measured, fitted = false, label, pointed, onPoint, rank, onRank, stages = null } = props;
  const texts = useText();
  const { t, format } = texts;
  const theme = useView((state) => state.theme);
  const all = useMemo(() => plan.actions.map((_, index) => index), [plan]);
  const ranks = props.ranks ?? all;
  const scene = useMemo(
    () => makeScene({ plan, predicted, measured, ranks, fitted }),
    [plan, predicted, measured, ranks, fitted],
  );
  const links = useMemo(() => new PlanLinks(plan, ranks), [plan, ranks]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const rowMark = useRef<HTMLSpanElement>(null);
  const look = useRef<ScheduleLook | null>(null);
  const paper = useRef<CanvasPaper | null>(null);
  const [width, setWidth] = useState(0);
  const [basis, setBasis] = useState<Basis>('measured');
  const [selection, setSelection] = useState<TimeWindow | null>(null);
  const [tip, setTip] = useState<{ readonly x: number; readonly y: number } | null>(null);
  const gutter = width < WIDE ? NARROW_GUTTER : WIDE_GUTTER;

  const placed = pointed === null ? null : findBar(scene, pointed.rank, pointed.index, basis);
  const marks = useMemo((): ScheduleMarks => {
    const other = placed === null ? null : findBar(scene, placed.bar.rank, placed.bar.index, otherOf(placed.basis));
    const needs = placed === null ? [] : links.needs(placed.bar);
    return {
      rank,
      pointed: placed,
      twin: other?.basis === placed?.basis ? null : other,
      needs: needs.flatMap((need) => {
        const bar = findBar(scene, need.rank, need.index, placed?.basis ?? basis);
        return bar === null || bar.basis !== placed?.basis ? [] : [bar];
      }),
      selection,
      standsOut: stages === null ? null : ({ bar }) => touches(bar.action, stages),
    };
  }, [scene, links, placed, rank, selection, stages, basis]);
  const words = useMemo(
    () => ({
      rank: (value: number) => t.mesh.rank(format.integer(value)),
      time: format.axisTime,
      share: (share: number) => format.percent(share),
      shares: t.schedule.shares.compute,
    }),
    [t, format],
  );

  const draw = () => {
    const element = canvas.current;
    // Drawn by the processor: small rectangles by the thousand, and the GPU is busy training.
    const ctx = element?.getContext('2d', { willReadFrequently: true });
    if (element === null || ctx === null || ctx === undefined || width === 0) return;
    const scale = devicePixelRatio;
    if (look.current === null || paper.current === null || paper.current.scale !== scale) {
      look.current = readLook(element.parentElement ?? element);
      paper.current = new CanvasPaper(ctx, look.current.family, scale);
    }
    const [across, down] = [Math.round(width * scale), Math.round(scene.height * scale)];
    if (element.width !== across || element.height !== down) Object.assign(element, { width: across, height: down });
    ctx.setTransform(scale, 0, 0, scale, 0, 0);
    ctx.clearRect(0, 0, width, scene.height);
    drawSchedule(paper.current, { scene, view: view.now(), width, gutter, look: look.current, words, marks });
  };
  const view = useScheduleView(scene.spanMs, draw);
  useLayoutEffect(draw);

  useEffect(() => {
    const holder = canvas.current?.parentElement;
    if (holder === null || holder === undefined) return;
    const measure = new ResizeObserver(() => setWidth(Math.max(200, holder.clientWidth)));
    measure.observe(holder);
    return () => measure.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useLayoutEffect(() => {
    const forget = () => {
      look.current = null;
      setTip(null);
    };
    // The theme is on the page a moment after the store has it.
    const frame = requestAnimationFrame(() => {
      forget();
      drawLatest.current();
    });
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const change = () => {
      forget();
      drawLatest.current();
    };
    scheme.addEventListener('change', change);
    return () => {
      cancelAnimationFrame(frame);
      scheme.removeEventListener('change', change);
    };
  }, [theme]);
  const drawLatest = useRef(draw);
  drawLatest.current = draw;
  const { svg } = props;
  useEffect(() => {
    if (svg === undefined) return;
    svg.current = () =>
      scheduleSvg({
        sheet: {
          scene,
          view: view.now(),
          width: Math.max(720, width),
          gutter: WIDE_GUTTER,
          look: readLook(canvas.current?.parentElement ?? document.body),
          words,
          marks,
        },
        texts,
      });
    return () => {
      svg.current = null;
    };
  }, [svg, scene, view, width, words, marks, texts]);

  const point = useCallback(
    (found: PlacedBar | null) => {
      if (found === null) return;
      setBasis(found.basis);
      onPoint({ rank: found.bar.rank, index: found.bar.index });
    },
    [onPoint],
  );
  const { handlers, overMs } = useSchedulePointer({
    canvas,
    scene,
    view,
    gutter,
    onSelect: setSelection,
    onPoint: (found, over, at) => {
      point(found);
      onRank(over);
      setTip(found === null ? null : at);
    },
  });

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = neighbourBar(scene, placed, event.key);
    const { fromMs, toMs } = view.now();
    const band = placed === null ? undefined : bandOf(scene, placed.basis);
    const time = placed === null || band === undefined ? null : barTime(band, placed.bar);
    const middle = time === null ? (fromMs + toMs) / 2 : (time.fromMs + time.toMs) / 2;
    const anchor = overMs.current ?? (middle >= fromMs && middle <= toMs ? middle : (fromMs + toMs) / 2);
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (next !== null) {
      point(next);
      onRank(next.bar.rank);
      setTip(null);
      const at = bandOf(scene, next.basis);
      if (at !== undefined) view.reveal(barTime(at, next.bar));
      revealRow(rowMark.current, scene, next.bar.rank);
    } else if (key === 'w' || key === '+') view.zoom(anchor, ZOOM);
    else if (key === 's' || key === '-') view.zoom(anchor, 1 / ZOOM);
    else if (key === 'a') view.pan(-PAN * (toMs - fromMs));
    else if (key === 'd') view.pan(PAN * (toMs - fromMs));
    else if (key === 'f' && selection !== null) view.frame(selection);
    else if (key === 'f' || key === '0') view.fit();
    else if (key === 'm' && time !== null) setSelection(time);
    else if (key === 'Enter' && time !== null) view.frame(time);
    else if (key === 'Escape' && (selection !== null || pointed !== null)) {
      setSelection(null);
      onPoint(null);
      setTip(null);
    } else return;
    event.preventDefault();
  };

  const slice = placed === null ? null : sliceWords(placed, links, texts);
  return (
    <div className={styles.chart}>
      <Walked className={styles.paper} label={label} onKeyDown={onKeyDown} onBlur={() => onRank(null)}>
        <canvas ref={canvas} className={styles.canvas} style={{ blockSize: scene.height }} {...handlers} />
        <span ref={rowMark} className={styles.rowMark} />
        {tip === null || slice === null ? null : (
          <div
            className={styles.tip}
            aria-hidden
            style={{ insetInlineStart: Math.max(0, Math.min(tip.x + 12, width - 268)), insetBlockStart: tip.y + 16 }}
          >
            <b>{slice.title}</b>
            {slice.facts.map((fact) => (
              <span key={fact}>{fact}</span>
            ))}
          </div>
        )}
      </Walked>
      <ScheduleFoot
        scene={scene}
        selection={selection}
        onZoom={(closer) => view.zoom((view.now().fromMs + view.now().toMs) / 2, closer ? ZOOM : 1 / ZOOM)}
        onFit={() => view.fit()}
        onClear={() => setSelection(null)}
      />
      <SliceLine slice={slice} testId={props.testId} />
    </div>
  );
}

function otherOf(basis: Basis): Basis {
  return basis === 'measured' ? 'predicted' : 'measured';
}

function touches(action: PlacedBar['bar']['action'], stages: ReadonlySet<number>): boolean {
  if (action.kind === 'compute') return stages.has(action.stage);
  return 'tensor' in action && 'stage' in action.tensor && stages.has(action.tensor.stage);
}
