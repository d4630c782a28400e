// The tokens of the text in order. The one that is pointed at is the same in every picture; the others are tinted by how much of them it takes in
// the head that is chosen.

import type { KeyboardEvent } from 'react';
import type { Inspection } from '../../core/insideRecords';
import { useText } from '../i18n/useText';
import { Walked } from '../pictures/Walked';
import { pointAtToken, useInside } from '../stores/insideStore';
import { movedBy, shownToken, tint } from './shownToken';
import styles from './TextPanel.module.css';

export function TokenStrip({ inspection }: { readonly inspection: Inspection }) {
  const { t } = useText();
  const { texts, attentions, ids } = inspection;
  const token = useInside((state) => state.token);
  const layer = useInside((state) => state.layer);
  const head = useInside((state) => state.head);
  const T = ids.length;
  const shareOf = (other: number): number =>
    token === null ? 0 : (attentions[layer]?.[(head * T + token) * T + other] ?? 0);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = movedBy(event.key, token, T - 1, ['ArrowLeft', 'ArrowRight']);
    if (event.key === 'Escape') pointAtToken(null);
    else if (next === null) return;
    else pointAtToken(next);
    event.preventDefault();
  };
  return (
    <Walked className={styles.strip} label={t.inside.text.tokens} onKeyDown={onKeyDown} data-testid="inside-tokens">
      {texts.map((text, at) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place
          key={at}
          className={at === token ? `${styles.token} ${styles.pointed}` : styles.token}
          style={{ background: tint(shareOf(at)) }}
          title={`${at}: ${JSON.stringify(text)} (${ids[at]})`}
          data-pointed={at === token || undefined}
          onPointerEnter={() => pointAtToken(at)}
          onPointerDown={() => pointAtToken(at)}
        >
          {shownToken(text)}
        </span>
      ))}
    </Walked>
  );
}
