// A slice of the schedule in words: what it is, when, how long it waited, what it moved and what it needed first.

import type { ActionPlace, PlanLinks } from '../../parallel/planLinks';
import type { Texts } from '../i18n/useText';
import { actionText } from '../mesh/actionText';
import type { PlacedBar } from './scheduleScene';

const MAX_NEEDS = 3;

export interface SliceWords {
  readonly title: string;
  readonly facts: readonly string[];
}

export function sliceWords({ bar, basis }: PlacedBar, links: PlanLinks, texts: Texts): SliceWords {
  const { t, format } = texts;
  const words = t.schedule.slice;
  const rankName = (rank: number) => t.mesh.rank(format.integer(rank));
  const needs = links.needs(bar).flatMap((place) => {
    const text = needText(place, links, texts);
    return text === null ? [] : [words.need(rankName(place.rank), text)];
  });
  const listed = needs.slice(0, MAX_NEEDS);
  if (needs.length > MAX_NEEDS) listed.push(words.more(format.integer(needs.length - MAX_NEEDS)));
  const flops = 'flops' in bar.action ? bar.action.flops : 0;
  return {
    title: words.said(t.schedule.bases[basis], rankName(bar.rank), actionText(bar.action, texts)),
    facts: [
      words.at(format.duration(bar.startMs), format.duration(bar.endMs - bar.startMs)),
      ...(bar.waitEndMs > bar.startMs ? [words.waited(format.duration(bar.waitEndMs - bar.startMs))] : []),
      ...(bar.bytes > 0 ? [format.bytes(bar.bytes)] : []),
      ...(flops > 0 ? [words.flops(format.si(flops, 'FLOP'))] : []),
      ...(listed.length > 0 ? [words.needs(listed.join('; '))] : []),
    ],
  };
}

function needText(place: ActionPlace, links: PlanLinks, texts: Texts): string | null {
  const action = links.action(place);
  return action === undefined ? null : actionText(action, texts);
}
