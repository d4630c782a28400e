// Tokens of a text side by side, each with its id; the one pointed at with its bytes. Arrow keys walk them.

import { useState } from 'react';
import type { ShownToken } from '../../core/tokenizerRecords';
import { useText } from '../i18n/useText';
import { rankHue } from '../mesh/rankLook';
import { Walked } from '../pictures/Walked';
import { visibleToken } from '../play/tokenText';
import styles from './Playground.module.css';
import { hexBytes } from './useTokenized';

const SHOWN = 600;

export function TokenStrip({ tokens, label }: { readonly tokens: readonly ShownToken[]; readonly label: string }) {
  const { t, format } = useText();
  const words = t.dataView.playground;
  const [at, setAt] = useState<number | null>(null);
  const shown = tokens.slice(0, SHOWN);
  const pointed = at === null ? undefined : shown.at(at);
  return (
    <>
      <Walked
        className={styles.strip}
        label={label}
        onKeyDown={(event) => {
          const from = at ?? -1;
          const next = { ArrowRight: from + 1, ArrowLeft: from - 1, Home: 0, End: shown.length - 1 }[event.key];
          if (next === undefined) return;
          event.preventDefault();
          const place = Math.max(0, Math.min(next, shown.length - 1));
          setAt(place);
          event.currentTarget.children[place]?.scrollIntoView({ block: 'nearest' });
        }}
        onBlur={() => setAt(null)}
        onPointerLeave={() => setAt(null)}
      >
        {shown.map((token, place) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place in the text
            key={place}
            className={`${rankHue(place)} ${place === at ? styles.tokenOn : styles.token}`}
            onPointerEnter={() => setAt(place)}
          >
            <span className={styles.face}>{visibleToken(readable(token), token.id)}</span>
            <span className={styles.id}>{token.id}</span>
          </span>
        ))}
      </Walked>
      <p className={styles.said} role="status">
        {pointed === undefined
          ? tokens.length > SHOWN
            ? words.more(format.integer(tokens.length - SHOWN))
            : ''
          : words.said(format.integer(pointed.id), visibleToken(pointed.text, pointed.id), hexBytes(pointed.bytes))}
      </p>
    </>
  );
}

/** The token's own text where its bytes are one, else how the vocabulary spells it. */
function readable({ bytes, text }: ShownToken): string {
  const decoded = new TextDecoder().decode(bytes);
  return decoded.includes('\ufffd') ? hexBytes(bytes) : decoded === '' ? text : decoded;
}
