// A word or number with a definition: marks its element for the term layer, which shows it by hover, focus and touch.
// It draws no definition itself.

import type { ReactNode } from 'react';
import type { TermId } from '../i18n/termsEn';
import { useText } from '../i18n/useText';

interface TermProps {
  readonly id: TermId;
  /** The term's own name if left out. */
  readonly children?: ReactNode;
}

export function Term({ id, children }: TermProps) {
  const { termName } = useText();
  return (
    <button type="button" data-term={id}>
      {children ?? termName(id)}
    </button>
  );
}
