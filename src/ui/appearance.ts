// The theme on the document itself: before anything is drawn, so that charts read the right colours.

import { type ViewState, viewStore } from './stores/viewStore';

export function followAppearance(): void {
  apply(viewStore.getState());
  viewStore.subscribe(apply);
}

function apply({ theme }: ViewState): void {
  const root = document.documentElement;
  if (theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
}
