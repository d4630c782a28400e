// Language and theme on the document itself: before anything is drawn, so that charts read the right colours.

import { type ViewState, viewStore } from './stores/viewStore';

export function followAppearance(): void {
  apply(viewStore.getState());
  viewStore.subscribe(apply);
}

function apply({ language, theme }: ViewState): void {
  const root = document.documentElement;
  root.lang = language === 'zh' ? 'zh-CN' : 'en';
  if (theme === 'system') delete root.dataset['theme'];
  else root.dataset['theme'] = theme;
}
