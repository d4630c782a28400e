// The schedule as an SVG file: the same drawing on another paper, with its title and legend.

import { actionPhases } from '../../parallel/traceLayout';
import type { Texts } from '../i18n/useText';
import { neutralHue } from '../mesh/rankLook';
import type { Paper } from '../pictures/paper';
import { SvgPaper } from '../pictures/svgPaper';
import { drawSchedule, type ScheduleSheet } from './drawSchedule';
import { type BarPhase, readInk } from './scheduleLook';
import type { ScheduleScene } from './scheduleScene';

const HEAD = 30;
const LINE = 18;
const PAD = 12;

export function scheduleSvg({ sheet, texts }: { readonly sheet: ScheduleSheet; readonly texts: Texts }): string {
  const { scene, width, look } = sheet;
  const { t, format } = texts;
  const words = t.schedule;
  const spans = scene.bands.map(
    ({ basis, layout, shares }) =>
      `${words.bases[basis]} ${format.duration(layout.spanMs)}, ${words.shares.bubble} ${format.percent(shares.bubble, 1)}`,
  );
  const title = `${words.title}: ${spans.join(' · ')}`;
  const items = legendOf(scene, texts, width);
  const lines = Math.max(1, ...items.map(({ line }) => line + 1));
  const page = {
    width,
    height: HEAD + scene.height + lines * LINE + PAD,
    title,
    background: look.screen,
    family: look.family,
  };
  const paper = new SvgPaper(page);
  paper.text(PAD, 20, title, { color: look.ink, size: 13, bold: true });
  drawSchedule(shifted(paper, HEAD), sheet);
  const { phases } = readInk(document.body, neutralHue);
  for (const { text, x, line, phase, hatched } of items) {
    const y = HEAD + scene.height + 8 + line * LINE;
    const thin = phase === 'communication';
    paper.fill(x, thin ? y + 3 : y, 14, thin ? 5 : 11, { color: phases[phase], hatched });
    paper.text(x + 20, y + 9, text, { color: look.ink2, size: 11 });
  }
  return paper.file();
}

interface LegendItem {
  readonly text: string;
  readonly phase: BarPhase;
  readonly hatched: boolean;
  readonly x: number;
  readonly line: number;
}

/** Side by side, on as many lines as the width asks for. */
function legendOf({ bands }: ScheduleScene, { t }: Texts, width: number): LegendItem[] {
  const words = t.schedule;
  const shown = new Set(bands.flatMap(({ layout }) => layout.rows.flatMap(({ bars }) => bars.map((bar) => bar.phase))));
  const entries = [
    ...bands.map(({ basis }) => ({
      text: words.bases[basis],
      phase: 'backward' as const,
      hatched: basis === 'predicted',
    })),
    ...[...actionPhases.filter((phase) => shown.has(phase)), 'wait' as const].map((phase) => ({
      text: words.phases[phase],
      phase,
      hatched: false,
    })),
  ];
  let x = PAD;
  let line = 0;
  return entries.map((entry): LegendItem => {
    // Letters are not measured here: wide ones count for two.
    const room = 36 + [...entry.text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e80 ? 11 : 6.6), 0);
    if (x + room > width) {
      x = PAD;
      line++;
    }
    const item = { ...entry, x, line };
    x += room;
    return item;
  });
}

function shifted(paper: Paper, down: number): Paper {
  return {
    fill: (x, y, width, height, ink) => paper.fill(x, y + down, width, height, ink),
    frame: (x, y, width, height, stroke) => paper.frame(x, y + down, width, height, stroke),
    line: (points, stroke) => paper.line(points.map(([x, y]) => [x, y + down] as const), stroke), // biome-ignore format: one line
    text: (x, y, text, lettering) => paper.text(x, y + down, text, lettering),
    within: (x, y, width, height, draw) => paper.within(x, y + down, width, height, draw),
  };
}
