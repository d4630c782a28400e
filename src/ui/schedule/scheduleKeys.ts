// Where keys lead in a schedule: along a row in time, or to what the row above or below did then. Pure.

import type { TraceBar } from '../../parallel/traceLayout';
import { type Band, barTime, type PlacedBar, type ScheduleScene } from './scheduleScene';

interface Line {
  readonly band: Band;
  readonly bars: readonly TraceBar[];
}

/** The bar that a key leads to, or null where the key means nothing here. */
export function neighbourBar(scene: ScheduleScene, from: PlacedBar | null, key: string): PlacedBar | null {
  const lines = linesOf(scene);
  const at = lines.findIndex(({ band, bars }) => band.basis === from?.basis && bars[0]?.rank === from.bar.rank);
  const line = lines[at];
  const [first] = lines;
  if (!steps.has(key)) return null;
  if (from === null || line === undefined) return first === undefined ? null : placed(first, first.bars[0]);
  const place = line.bars.findIndex(({ index }) => index === from.bar.index);
  const inLine = (to: number) => placed(line, line.bars[Math.min(line.bars.length - 1, Math.max(0, to))]);
  switch (key) {
    case 'ArrowRight':
    case '.':
      return inLine(place + 1);
    case 'ArrowLeft':
    case ',':
      return inLine(place - 1);
    case 'Home':
      return inLine(0);
    case 'End':
      return inLine(line.bars.length - 1);
    case 'ArrowDown':
      return atSameTime(lines[at + 1], line, from) ?? from;
    default:
      return atSameTime(lines[at - 1], line, from) ?? from;
  }
}

const steps = new Set(['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown', 'Home', 'End', '.', ',']);

/** From top to bottom, those that have bars. */
function linesOf({ ranks, bands }: ScheduleScene): Line[] {
  return ranks
    .flatMap((_, row) => bands.map((band) => ({ band, bars: band.layout.rows[row]?.bars ?? [] })))
    .filter(({ bars }) => bars.length > 0);
}

function placed({ band }: Line, bar: TraceBar | undefined): PlacedBar | null {
  return bar === undefined ? null : { bar, basis: band.basis };
}

/** The same action of the same rank where it is there; else what is nearest in time, on a lane of the same kind. */
function atSameTime(other: Line | undefined, line: Line, { bar }: PlacedBar): PlacedBar | null {
  if (other === undefined) return null;
  const same = other.bars.find(({ rank, index }) => rank === bar.rank && index === bar.index);
  if (same !== undefined) return placed(other, same);
  const { fromMs, toMs } = barTime(line.band, bar);
  const middle = (fromMs + toMs) / 2;
  const far = other.band.layout.spanMs * other.band.scale;
  const distance = (candidate: TraceBar) => {
    const time = barTime(other.band, candidate);
    const apart = Math.max(time.fromMs - middle, middle - time.toMs, 0);
    return apart + ((candidate.lane === 0) === (bar.lane === 0) ? 0 : far);
  };
  return placed(
    other,
    other.bars.reduce((best, candidate) => (distance(candidate) < distance(best) ? candidate : best)),
  );
}
