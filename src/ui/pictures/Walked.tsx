// A picture, or a strip of tokens, that keys and pointers walk: one stop of the tab key, with its summary as its name. What a key does is its
// owner's business.

import type { ComponentProps } from 'react';

interface WalkedProps extends Omit<ComponentProps<'div'>, 'role' | 'tabIndex' | 'aria-label'> {
  /** What the picture shows, for those who do not see it. */
  readonly label: string;
}

export function Walked({ label, ...own }: WalkedProps) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what is drawn in it is walked with the arrow keys
  return <div role="application" tabIndex={0} aria-label={label} {...own} />;
}
