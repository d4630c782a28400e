// The theme's colours as a canvas and a file need them: read once from the style sheets, in sRGB.

import type { ActionPhase } from '../../parallel/traceLayout';
import { themeColor } from '../charts/themeColor';
import { rankHue } from '../mesh/rankLook';
import { concreteColor } from '../pictures/concreteColor';

export type BarPhase = ActionPhase | 'wait';

export interface RankInk {
  readonly ink: string;
  readonly pale: string;
  readonly phases: Readonly<Record<BarPhase, string>>;
}

export interface ScheduleLook {
  readonly ink: string;
  readonly ink2: string;
  readonly line: string;
  readonly grid: string;
  readonly screen: string;
  readonly raised: string;
  readonly accent: string;
  readonly family: string;
  /** Of small letters, in pixels. */
  readonly letters: number;
  readonly ofRank: (rank: number) => RankInk;
}

const phaseProperties: Readonly<Record<BarPhase, string>> = {
  forward: '--phase-forward',
  backward: '--phase-backward',
  inputGradient: '--phase-input-gradient',
  weightGradient: '--phase-weight-gradient',
  update: '--phase-update',
  communication: '--phase-communication',
  wait: '--phase-wait',
};

export function readLook(near: HTMLElement): ScheduleLook {
  const color = (property: string, at = near) => concreteColor(themeColor(at, property));
  const style = getComputedStyle(near);
  const inks = new Map<string, RankInk>();
  const ofRank = (rank: number): RankInk => {
    const hue = rankHue(rank);
    const known = inks.get(hue);
    if (known !== undefined) return known;
    const made = readInk(near, hue, color);
    inks.set(hue, made);
    return made;
  };
  return {
    ink: color('--ink'),
    ink2: color('--ink-2'),
    line: color('--line'),
    grid: color('--grid'),
    screen: color('--screen'),
    raised: color('--raised'),
    accent: color('--accent'),
    family: style.getPropertyValue('--sans') || 'sans-serif',
    letters: Math.max(11, Math.round(0.85 * Number.parseFloat(style.fontSize))),
    ofRank,
  };
}

/** Of an element with these classes: a rank's, or those of legends. */
export function readInk(
  near: HTMLElement,
  classes: string,
  color = (property: string, at: HTMLElement) => concreteColor(themeColor(at, property)),
): RankInk {
  const probe = document.createElement('i');
  probe.className = classes;
  near.append(probe);
  const phase = (name: BarPhase) => color(phaseProperties[name], probe);
  const ink: RankInk = {
    ink: color('--rank-ink', probe),
    pale: color('--rank-pale', probe),
    phases: {
      forward: phase('forward'),
      backward: phase('backward'),
      inputGradient: phase('inputGradient'),
      weightGradient: phase('weightGradient'),
      update: phase('update'),
      communication: phase('communication'),
      wait: phase('wait'),
    },
  };
  probe.remove();
  return ink;
}
