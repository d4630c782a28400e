// The window onto a schedule as it is moved: eased towards where it is asked to be, at once where motion is unwanted. It draws by calling back.

import { useCallback, useEffect, useRef } from 'react';
import { framed, panned, revealing, type TimeWindow, wholeStep, zoomed } from './timeWindow';

export interface ScheduleView {
  /** Where it is now. */
  readonly now: () => TimeWindow;
  readonly zoom: (atMs: number, factor: number, eased?: boolean) => void;
  readonly pan: (byMs: number, eased?: boolean) => void;
  readonly fit: () => void;
  readonly frame: (interval: TimeWindow) => void;
  readonly reveal: (interval: TimeWindow) => void;
}

/** Of the way that is left, what a sixtieth of a second takes. */
const EASE = 0.35;
const FRAME_MS = 1000 / 60;

export function useScheduleView(spanMs: number, draw: () => void): ScheduleView {
  const whole = wholeStep(spanMs);
  const state = useRef({ now: whole, wanted: whole, whole: true, spanMs, frame: 0 });
  const drawing = useRef(draw);
  drawing.current = draw;
  // Another step: in sight stays what was in sight, all of it where all was.
  if (state.current.spanMs !== spanMs) {
    const { current } = state;
    const scale = current.spanMs > 0 ? spanMs / current.spanMs : 1;
    const kept = { fromMs: current.wanted.fromMs * scale, toMs: current.wanted.toMs * scale };
    current.wanted = current.whole ? whole : kept;
    current.now = current.wanted;
    current.spanMs = spanMs;
  }
  useEffect(() => () => cancelAnimationFrame(state.current.frame), []);

  const go = useCallback((wanted: TimeWindow, eased: boolean) => {
    const { current } = state;
    current.wanted = wanted;
    current.whole = wanted.fromMs <= 0 && wanted.toMs >= wholeStep(current.spanMs).toMs;
    cancelAnimationFrame(current.frame);
    if (!eased || matchMedia('(prefers-reduced-motion: reduce)').matches) {
      current.now = wanted;
      current.frame = requestAnimationFrame(() => drawing.current());
      return;
    }
    let last = performance.now();
    const step = (time: number) => {
      const part = 1 - (1 - EASE) ** Math.max(0.5, (time - last) / FRAME_MS);
      last = time;
      const { now } = current;
      const fromMs = now.fromMs + (wanted.fromMs - now.fromMs) * part;
      const toMs = now.toMs + (wanted.toMs - now.toMs) * part;
      const left = Math.abs(fromMs - wanted.fromMs) + Math.abs(toMs - wanted.toMs);
      const there = left < (wanted.toMs - wanted.fromMs) * 1e-3;
      current.now = there ? wanted : { fromMs, toMs };
      drawing.current();
      if (!there) current.frame = requestAnimationFrame(step);
    };
    current.frame = requestAnimationFrame(step);
  }, []);

  const api = useRef<ScheduleView>(null);
  api.current ??= {
    now: () => state.current.now,
    zoom: (atMs, factor, eased = true) => go(zoomed(state.current.wanted, atMs, factor, state.current.spanMs), eased),
    pan: (byMs, eased = true) => go(panned(state.current.wanted, byMs, state.current.spanMs), eased),
    fit: () => go(wholeStep(state.current.spanMs), true),
    frame: (interval) => go(framed(interval, state.current.spanMs), true),
    reveal: (interval) => {
      const { wanted, spanMs: span } = state.current;
      const target = revealing(wanted, interval, span);
      if (target !== wanted) go(target, true);
    },
  };
  return api.current;
}
