// The hand on a schedule: drag to select, with Shift or the middle button or a finger to pan, two fingers or Ctrl and the wheel to zoom.
// It tells what is pointed at; it draws nothing.

import { type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { hit, type PlacedBar, type ScheduleScene } from './scheduleScene';
import type { TimeWindow } from './timeWindow';
import type { ScheduleView } from './useScheduleView';

interface PointerInput {
  readonly canvas: RefObject<HTMLCanvasElement | null>;
  readonly scene: ScheduleScene;
  readonly view: ScheduleView;
  readonly gutter: number;
  readonly onPoint: (placed: PlacedBar | null, rank: number | null, at: { x: number; y: number } | null) => void;
  readonly onSelect: (selection: TimeWindow | null) => void;
}

/** A press that moves less is a click. */
const DRAG_PX = 4;

export function useSchedulePointer({ canvas, scene, view, gutter, onPoint, onSelect }: PointerInput) {
  const pointers = useRef(new Map<number, number>());
  const drag = useRef<{ readonly x: number; readonly pan: boolean; readonly ms: number; moved: boolean } | null>(null);
  const overMs = useRef<number | null>(null);
  const plotWidth = () => Math.max(1, (canvas.current?.clientWidth ?? 1) - gutter);
  const msAt = (x: number) => {
    const { fromMs, toMs } = view.now();
    return fromMs + ((x - gutter) / plotWidth()) * (toMs - fromMs);
  };
  const placeOf = (event: { clientX: number; clientY: number }) => {
    const box = canvas.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };

  // React listens to wheels passively, and the page would zoom instead.
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const wheel = (event: WheelEvent) => {
      const { fromMs, toMs } = view.now();
      const width = Math.max(1, element.clientWidth - gutter);
      const atMs = fromMs + ((event.offsetX - gutter) / width) * (toMs - fromMs);
      const sideways = event.shiftKey ? event.deltaY : event.deltaX;
      if (event.ctrlKey || event.metaKey) view.zoom(atMs, Math.exp(event.deltaY * 0.002), false);
      else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY))
        view.pan((sideways / width) * (toMs - fromMs), false);
      else return;
      event.preventDefault();
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [canvas, view, gutter]);

  const handlers = {
    onPointerDown: (event: PointerEvent) => {
      const { x } = placeOf(event);
      pointers.current.set(event.pointerId, x);
      if (event.pointerType !== 'touch') canvas.current?.setPointerCapture(event.pointerId);
      const pan = event.pointerType === 'touch' || event.button === 1 || event.shiftKey;
      drag.current = pointers.current.size === 1 && x >= gutter ? { x, pan, ms: msAt(x), moved: false } : null;
    },
    onPointerMove: (event: PointerEvent) => {
      const at = placeOf(event);
      const before = pointers.current.get(event.pointerId);
      const other = [...pointers.current].find(([id]) => id !== event.pointerId)?.[1];
      if (before !== undefined) pointers.current.set(event.pointerId, at.x);
      if (before !== undefined && other !== undefined) {
        const apart = Math.max(20, Math.abs(at.x - other));
        view.zoom(msAt((at.x + other) / 2), Math.max(20, Math.abs(before - other)) / apart, false);
        return;
      }
      const from = drag.current;
      overMs.current = at.x >= gutter ? msAt(at.x) : null;
      if (from !== null && before !== undefined && (from.moved || Math.abs(at.x - from.x) > DRAG_PX)) {
        from.moved = true;
        const { fromMs, toMs } = view.now();
        if (from.pan) view.pan(((before - at.x) / plotWidth()) * (toMs - fromMs), false);
        else {
          const ms = Math.min(toMs, Math.max(fromMs, msAt(at.x)));
          onSelect({ fromMs: Math.min(from.ms, ms), toMs: Math.max(from.ms, ms) });
        }
        onPoint(null, null, null);
        return;
      }
      if (event.pointerType === 'touch' && before === undefined) return;
      const { rank, placed } = hit(scene, view.now(), at, gutter, plotWidth());
      onPoint(placed, rank, at);
    },
    onPointerUp: (event: PointerEvent) => {
      pointers.current.delete(event.pointerId);
      const at = placeOf(event);
      const { placed, rank } = hit(scene, view.now(), at, gutter, plotWidth());
      if (drag.current?.moved === false) {
        onPoint(placed, rank, at);
        if (placed === null) onSelect(null);
      }
      drag.current = null;
    },
    onPointerCancel: (event: PointerEvent) => {
      pointers.current.delete(event.pointerId);
      drag.current = null;
    },
    onPointerLeave: () => {
      overMs.current = null;
      onPoint(null, null, null);
    },
  };
  /** The moment under the pointer, or null. */
  return { handlers, overMs };
}
