// The tokens of a text, each coloured by its surprise. One of them is looked at: by pointer, or with the arrow keys. The last place stands for the
// token that would follow.

import { type KeyboardEvent, useId } from 'react';
import { useText } from '../i18n/useText';
import { playController } from '../labControllerPlay';
import type { PlayReading } from '../stores/playStore';
import { bitsOf, surpriseStep } from './surprise';
import styles from './TokensPanel.module.css';
import { visibleToken } from './tokenText';

export function TokenList({ reading }: { readonly reading: PlayReading }) {
  const { t, format } = useText();
  const words = t.play.tokens;
  const id = useId();
  const { score, position } = reading;
  const last = score.ids.length;
  const look = (place: number) => void playController.look(Math.max(1, Math.min(last, place)));
  const onKey = (event: KeyboardEvent) => {
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: position - 1,
      ArrowUp: position - 1,
      ArrowRight: position + 1,
      ArrowDown: position + 1,
      Home: 1,
      End: last,
    };
    const place = moves[event.key];
    if (place === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    look(place);
  };
  const onPointer = ({ target }: { readonly target: EventTarget }) => {
    const option = target instanceof Element ? target.closest<HTMLElement>('[data-place]') : null;
    if (option !== null) look(Number(option.dataset['place']));
  };
  return (
    <div
      className={styles.tokens}
      role="listbox"
      aria-label={words.list}
      aria-activedescendant={`${id}-${position}`}
      tabIndex={0}
      onKeyDown={onKey}
      onPointerOver={onPointer}
      onClick={onPointer}
    >
      {Array.from(score.ids, (token, place) => {
        const text = score.pieces[place] ?? '';
        const value = score.logProbabilities[place];
        const said = Number.isNaN(value)
          ? ''
          : `: ${format.percent(Math.exp(value), 1)}, ${format.fixed(bitsOf(value), 1)} bit`;
        return (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a place of the text is what the token is
            key={place}
            id={`${id}-${place}`}
            role="option"
            aria-selected={place === position}
            aria-disabled={place === 0}
            tabIndex={-1}
            aria-label={`${visibleToken(text, token)}${said}`}
            className={place < score.textTokens ? `${styles.token} ${styles.given}` : styles.token}
            data-surprise={surpriseStep(value)}
            data-place={place}
          >
            {text === '' ? '·' : text.endsWith('\n') ? <Lines text={text} /> : text}
          </span>
        );
      })}
      <span
        id={`${id}-${last}`}
        role="option"
        aria-selected={position === last}
        tabIndex={-1}
        aria-label={words.afterEnd}
        className={`${styles.token} ${styles.end}`}
        data-place={last}
      >
        ?
      </span>
    </div>
  );
}

/** A line's end would otherwise have no place to be seen or pointed at. */
function Lines({ text }: { readonly text: string }) {
  return (
    <>
      {text.slice(0, -1)}
      <span aria-hidden>⏎</span>
      {'\n'}
    </>
  );
}
