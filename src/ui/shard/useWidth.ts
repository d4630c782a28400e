// How wide an element is, in CSS pixels, as it changes; 0 until it is there.

import { type RefObject, useEffect, useState } from 'react';

export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const { current } = element;
    if (current === null) return;
    const measure = new ResizeObserver(() => setWidth(current.clientWidth));
    measure.observe(current);
    return () => measure.disconnect();
  }, [element]);
  return width;
}
