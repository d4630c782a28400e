// A text with what was changed in it highlighted: taken out, put in, masked. Signs that cannot be seen are written where they changed.

import { useText } from '../i18n/useText';
import styles from './DiffText.module.css';
import { type DiffPart, excerptDiff } from './textDiff';

interface DiffTextProps {
  readonly before: string;
  readonly after: string;
  /** Which of the two is shown. */
  readonly side: 'before' | 'after';
}

const MASK = /^<(EMAIL|PHONE|CARD|IP|IDENTITY)>$/;

export function DiffText({ before, after, side }: DiffTextProps) {
  const { t } = useText();
  const hidden = side === 'before' ? 'added' : 'removed';
  const parts = excerptDiff(before, after).filter(({ kind }) => kind !== hidden);
  const starts = parts.map((_, at) => parts.slice(0, at).reduce((sum, { text }) => sum + text.length, 0));
  return (
    <p className={styles.text}>
      {parts.map((part, at) => {
        if (part.kind === 'same') return <span key={starts[at]}>{part.text}</span>;
        const Mark = part.kind === 'removed' ? 'del' : 'ins';
        const masked = part.kind === 'added' && isMask(part);
        const title = masked ? t.dataView.samples.masked : undefined;
        return (
          <Mark key={starts[at]} className={masked ? styles.masked : undefined} title={title}>
            {visible(part.text)}
          </Mark>
        );
      })}
    </p>
  );
}

function isMask({ text }: DiffPart): boolean {
  return MASK.test(text.trim());
}

/** Blanks, line ends and control characters as signs. */
function visible(text: string): string {
  return text
    .replaceAll(' ', '\u2423')
    .replaceAll('\t', '\u21e5')
    .replace(/\r\n?|\n/g, '\u23ce\n')
    .replace(/[\p{Cc}\p{Cf}\u00a0\u2000-\u200f\u3000]/gu, (sign) =>
      sign === '\n' ? sign : `[U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
