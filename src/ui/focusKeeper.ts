// Keeps the place of those who work by keyboard: where the control that has the focus goes away, what stands in its place takes the focus; where it
// was only moved, or switched off for a while, it has it again. Layers give the focus back by themselves; a pointer's press has no place to keep.

const FOCUSABLE = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
const PART = '[data-panel], header, main';
const LAYER = 'dialog, [popover]';

interface Place {
  readonly element: HTMLElement;
  /** The panel and the view that it is in, the nearest first. */
  readonly parts: readonly Element[];
  /** What could take the focus before it in the nearest part, the nearest first. */
  readonly before: readonly HTMLElement[];
  /** It was reached, or is pressed, by a key. */
  byKey: boolean;
  switchedOff: boolean;
}

export function listenToFocus(): void {
  let place: Place | null = null;
  window.addEventListener('focusin', ({ target }) => {
    place = target instanceof HTMLElement && target.closest(LAYER) === null ? placeOf(target) : null;
  });
  const note = (byKey: boolean) => (event: Event) => {
    if (place !== null && (!byKey || place.element === event.target)) place.byKey = byKey;
  };
  window.addEventListener('pointerdown', note(false), { capture: true });
  window.addEventListener('keydown', note(true), { capture: true });
  new MutationObserver((records) => {
    if (place?.byKey !== true) return;
    const next = successor(place, records);
    if (document.activeElement === document.body) next?.focus();
  }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['disabled'] });
}

function placeOf(element: HTMLElement): Place {
  const parts: Element[] = [];
  for (let part = element.closest(PART); part !== null; part = part.parentElement?.closest(PART) ?? null)
    parts.push(part);
  const all = [...(parts[0] ?? document.body).querySelectorAll<HTMLElement>(FOCUSABLE)];
  const before = all.slice(0, Math.max(0, all.indexOf(element))).reverse();
  return { element, parts, before, byKey: element.matches(':focus-visible'), switchedOff: false };
}

/** Null where it still has the focus, has left it of its own will, or may yet come back. */
function successor(place: Place, records: readonly MutationRecord[]): HTMLElement | null {
  const { element } = place;
  const removed = records.some(({ removedNodes }) => [...removedNodes].some((node) => node.contains(element)));
  if (!element.isConnected) return removed ? neighbour(place) : null;
  const wasOff = place.switchedOff;
  place.switchedOff = element.matches(':disabled');
  return (removed || wasOff) && isUsable(element) ? element : null;
}

/** What follows the nearest control before it that is still there. */
function neighbour({ parts, before }: Place): HTMLElement | null {
  const part = parts.find(({ isConnected }) => isConnected);
  if (part === undefined) return document.getElementById('main');
  const usable = [...part.querySelectorAll<HTMLElement>(FOCUSABLE)].filter(isUsable);
  const at = before.map((candidate) => usable.indexOf(candidate)).find((found) => found >= 0);
  return usable.at((at ?? -1) + 1) ?? usable.at(-1) ?? null;
}

function isUsable(element: HTMLElement): boolean {
  return element.isConnected && !element.matches(':disabled, [inert] *') && element.checkVisibility();
}
