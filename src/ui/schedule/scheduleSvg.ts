// The schedule as an SVG file: the same drawing on another paper, with its title and legend.

import { actionPhases } from '../../parallel/traceLayout';
import type { Texts } from '../i18n/useText';
import { neutralHue } from '../mesh/rankLook';
import type { Paper } from '../pictures/paper';
import { SvgPaper } from '../pictures/svgPaper';
import { drawSchedule, type ScheduleSheet } from './drawSchedule';
import { readInk } from './scheduleLook';

const HEAD = 30;
const FOOT = 26;
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
  const page = { width, height: HEAD + scene.height + FOOT, title, background: look.screen, family: look.family };
  const paper = new SvgPaper(page);
  paper.text(PAD, 20, title, { color: look.ink, size: 13, bold: true });
  drawSchedule(shifted(paper, HEAD), sheet);
  const phases = readInk(document.body, neutralHue).phases;
  let x = PAD;
  const y = HEAD + scene.height + 8;
  const item = (text: string, mark: () => void) => {
    mark();
    paper.text(x + 20, y + 9, text, { color: look.ink2, size: 11 });
    // Letters are not measured here: wide ones count for two.
    x += 36 + [...text].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2e80 ? 11 : 6.4), 0);
  };
  for (const { basis } of scene.bands)
    item(words.bases[basis], () =>
      paper.fill(x, y, 14, 11, { color: phases.backward, hatched: basis === 'predicted' }),
    );
  for (const phase of [...actionPhases, 'wait' as const])
    item(words.phases[phase], () => {
      const thin = phase === 'communication';
      paper.fill(x, thin ? y + 3 : y, 14, thin ? 5 : 11, { color: phases[phase] });
    });
  return paper.file();
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
