// Keeps a canvas showing what `draw` draws, sharp at the screen's own pixels, in the colours of the theme in use. It draws nothing itself.

import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react';
import { CanvasPaper } from '../pictures/canvasPaper';
import { useView } from '../stores/viewStore';
import { type InsideLook, insideLook } from './insideLook';

export interface Drawing {
  readonly context: CanvasRenderingContext2D;
  readonly paper: CanvasPaper;
  readonly look: InsideLook;
}

/** `draw` is called after every render and when the theme changes. */
export function usePicture(
  canvas: RefObject<HTMLCanvasElement | null>,
  width: number,
  height: number,
  draw: (drawing: Drawing) => void,
): void {
  const theme = useView((state) => state.theme);
  const look = useRef<InsideLook | null>(null);
  const again = () => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || context === null || context === undefined || width <= 0 || height <= 0) return;
    look.current ??= insideLook(element.parentElement ?? element);
    const scale = devicePixelRatio;
    const [across, down] = [Math.round(width * scale), Math.round(height * scale)];
    if (element.width !== across || element.height !== down) Object.assign(element, { width: across, height: down });
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, width, height);
    context.imageSmoothingEnabled = false;
    draw({ context, paper: new CanvasPaper(context, look.current.family, scale), look: look.current });
  };
  const latest = useRef(again);
  latest.current = again;
  useLayoutEffect(() => latest.current());
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const recolor = () => {
      look.current = null;
      latest.current();
    };
    // The theme is on the page a moment after the store has it.
    const frame = requestAnimationFrame(recolor);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', recolor);
    return () => {
      cancelAnimationFrame(frame);
      scheme.removeEventListener('change', recolor);
    };
  }, [theme]);
}
