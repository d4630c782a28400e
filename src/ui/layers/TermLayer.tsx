// The one tooltip of the page: shows the definition of any element marked `data-term`, by hover, focus and touch.
// It can be reached by the pointer, closes with Esc, and holds no definitions itself.

import { useEffect, useRef, useState } from 'react';
import { termSources } from '../i18n/termSources';
import type { TermId } from '../i18n/termsEn';
import { currentTexts, isTermId, useText } from '../i18n/useText';
import styles from './TermLayer.module.css';

const OPEN_DELAY_MS = 350;
const FOCUS_DELAY_MS = 700;
const CLOSE_DELAY_MS = 180;
const CLICK_MS = 300;
const MARGIN = 8;
const LAYER_ID = 'term-definition';

interface Shown {
  readonly id: TermId;
  readonly anchor: HTMLElement;
}

export function TermLayer() {
  const { t, terms } = useText();
  const layer = useRef<HTMLDivElement>(null);
  const [shown, setShown] = useState<Shown | null>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = (what: Shown | null, delay: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => setShown(what), delay);
    };
    const onOver = (event: PointerEvent) => {
      if (event.pointerType === 'touch') return;
      if (event.target instanceof Node && layer.current?.contains(event.target)) clearTimeout(timer);
      else later(termAt(event.target), termAt(event.target) === null ? CLOSE_DELAY_MS : OPEN_DELAY_MS);
    };
    const onFocus = (event: FocusEvent) => {
      const found = termAt(event.target) ?? termOfField(event.target);
      if (found !== null && event.target instanceof Element && event.target.matches(':focus-visible'))
        later(found, FOCUS_DELAY_MS);
    };
    let clickedAt = Number.NEGATIVE_INFINITY;
    const onClick = (event: MouseEvent) => {
      const found = termAt(event.target);
      if (found !== null) {
        clickedAt = event.timeStamp;
        later(found, 0);
      } else if (
        !(event.target instanceof Node && layer.current?.contains(event.target)) &&
        termOfField(event.target) === null
      ) {
        later(null, 0);
      }
    };
    const onKey = (event: KeyboardEvent) => {
      clearTimeout(timer);
      if (event.key === 'Escape' && layer.current?.matches(':popover-open')) event.stopPropagation();
      if (event.key !== 'Tab' && event.key !== 'Shift') setShown(null);
    };
    const close = () => later(null, 0);
    const onScroll = () => {
      // A definition that is still to come stays due: hovering may itself have scrolled the page.
      if (layer.current?.matches(':popover-open')) close();
    };
    const onBlur = (event: FocusEvent) => {
      // A tap on a label moves the focus, and the definition that it asked for has to stay.
      if (event.timeStamp - clickedAt > CLICK_MS) close();
    };
    document.addEventListener('pointerover', onOver);
    document.addEventListener('focusin', onFocus);
    document.addEventListener('focusout', onBlur);
    document.addEventListener('click', onClick);
    document.addEventListener('keydown', onKey, true);
    window.addEventListener('scroll', onScroll, { passive: true, capture: true });
    return () => {
      clearTimeout(timer);
      document.removeEventListener('pointerover', onOver);
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('focusout', onBlur);
      document.removeEventListener('click', onClick);
      document.removeEventListener('keydown', onKey, true);
      window.removeEventListener('scroll', onScroll, { capture: true });
    };
  }, []);

  useEffect(() => {
    const box = layer.current;
    if (box === null || shown === null) return;
    const { anchor } = shown;
    anchor.setAttribute('aria-describedby', LAYER_ID);
    // Popovers are in the top layer, above dialogues and full panels.
    box.showPopover();
    place(box, anchor.getBoundingClientRect());
    return () => {
      anchor.removeAttribute('aria-describedby');
      box.hidePopover();
    };
  }, [shown]);

  const source = shown === null ? undefined : termSources[shown.id];
  return (
    <div ref={layer} id={LAYER_ID} popover="manual" role="tooltip" className={styles.layer}>
      {shown === null ? null : (
        <>
          <strong className={styles.name}>{terms[shown.id][0]}</strong>
          <p>{terms[shown.id][1]}</p>
          {source === undefined ? null : (
            <p className={styles.source}>
              {t.terms.source}:{' '}
              <a href={source.url} target="_blank" rel="noopener noreferrer">
                {source.citation}
              </a>
            </p>
          )}
          {/^(model|data|train|parallel)\./.test(shown.id) ? (
            <p className={styles.source}>
              {t.terms.setting}: <code>{shown.id}</code>
            </p>
          ) : null}
        </>
      )}
    </div>
  );
}

function termAt(target: EventTarget | null): Shown | null {
  const anchor = target instanceof Element ? target.closest('[data-term]') : null;
  const id = anchor instanceof HTMLElement ? anchor.dataset['term'] : undefined;
  return anchor instanceof HTMLElement && id !== undefined && isTermId(id, currentTexts()) ? { id, anchor } : null;
}

/** A form field's term is at its label. */
function termOfField(target: EventTarget | null): Shown | null {
  if (
    !(
      target instanceof HTMLInputElement ||
      target instanceof HTMLSelectElement ||
      target instanceof HTMLTextAreaElement
    )
  )
    return null;
  return termAt(target.labels?.[0]?.querySelector('[data-term]') ?? null);
}

function place(box: HTMLElement, anchor: DOMRect): void {
  const below = anchor.bottom + MARGIN + box.offsetHeight < window.innerHeight;
  const top = below ? anchor.bottom + 6 : Math.max(MARGIN, anchor.top - box.offsetHeight - 6);
  const left = Math.min(Math.max(MARGIN, anchor.left), window.innerWidth - box.offsetWidth - MARGIN);
  box.style.top = `${top}px`;
  box.style.left = `${left}px`;
}
