// The part of a step that is in sight: zoom about a moment, pan, and keep within the step. Pure; milliseconds.

export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** No closer than this part of the step: beyond, clocks have nothing more to say. */
const CLOSEST = 1e-5;

export function wholeStep(spanMs: number): TimeWindow {
  return { fromMs: 0, toMs: Math.max(spanMs, 1e-6) };
}

/** @param factor below 1 comes closer; `atMs` stays where it is */
export function zoomed({ fromMs, toMs }: TimeWindow, atMs: number, factor: number, spanMs: number): TimeWindow {
  const length = toMs - fromMs;
  const wanted = Math.max(length * factor, Math.max(spanMs, 1e-6) * CLOSEST);
  const scale = wanted / length;
  return within({ fromMs: atMs - (atMs - fromMs) * scale, toMs: atMs + (toMs - atMs) * scale }, spanMs);
}

export function panned({ fromMs, toMs }: TimeWindow, byMs: number, spanMs: number): TimeWindow {
  return within({ fromMs: fromMs + byMs, toMs: toMs + byMs }, spanMs);
}

/** Moved by as little as brings `[fromMs, toMs]` into sight; closer intervals are not zoomed to. */
export function revealing(view: TimeWindow, { fromMs, toMs }: TimeWindow, spanMs: number): TimeWindow {
  const margin = (view.toMs - view.fromMs) * 0.05;
  if (fromMs < view.fromMs) return panned(view, fromMs - margin - view.fromMs, spanMs);
  if (toMs > view.toMs) return panned(view, Math.min(toMs + margin - view.toMs, fromMs - margin - view.fromMs), spanMs);
  return view;
}

/** An interval with some room around it. */
export function framed({ fromMs, toMs }: TimeWindow, spanMs: number): TimeWindow {
  const room = Math.max((toMs - fromMs) * 0.1, spanMs * CLOSEST);
  return within({ fromMs: fromMs - room, toMs: toMs + room }, spanMs);
}

/** Never more than the step, and never beside it. */
export function within({ fromMs, toMs }: TimeWindow, spanMs: number): TimeWindow {
  const whole = wholeStep(spanMs);
  const length = toMs - fromMs;
  if (length >= whole.toMs) return whole;
  if (fromMs < 0) return { fromMs: 0, toMs: length };
  if (toMs > whole.toMs) return { fromMs: whole.toMs - length, toMs: whole.toMs };
  return { fromMs, toMs };
}
