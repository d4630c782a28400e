// The views that the page fetches when they are first shown, each a file of its own, so that the first screen does not wait for them. A view whose
// file did not come is fetched anew when it is asked for again. No layout and no state.

import { type ComponentType, type LazyExoticComponent, lazy } from 'react';
import { whenIdle } from './idle';
import type { ViewName } from './stores/viewStore';

export type FetchedView = Exclude<ViewName, 'train'>;

/** The server did not hand out a view's file. */
export class ViewNotFetched extends Error {
  override readonly name = 'ViewNotFetched';
}

const fetches: Readonly<Record<FetchedView, () => Promise<ComponentType>>> = {
  shard: async () => (await import('./shard/ShardView')).ShardView,
  data: async () => (await import('./data/CorpusView')).CorpusView,
  check: async () => (await import('./check/CheckView')).CheckView,
  play: async () => (await import('./play/PlayView')).PlayView,
  inside: async () => (await import('./inside/InsideView')).InsideView,
};
const names = Object.keys(fetches).filter((name): name is FetchedView => name in fetches);

const made = new Map<FetchedView, LazyExoticComponent<ComponentType>>();

/** The same component each time, until forgetView. */
export function fetchedView(name: FetchedView): LazyExoticComponent<ComponentType> {
  const known = made.get(name);
  if (known !== undefined) return known;
  const view = lazy(async () => {
    try {
      return { default: await fetches[name]() };
    } catch (error) {
      throw new ViewNotFetched(String(error), { cause: error });
    }
  });
  made.set(name, view);
  return view;
}

export function forgetView(name: FetchedView): void {
  made.delete(name);
}

/** Fetches all of them when the page has nothing better to do; one that does not come is fetched again when it is shown. */
export function fetchViewsAhead(): void {
  whenIdle(() => {
    for (const name of names) fetches[name]().catch(() => undefined);
  });
}
