// One action of a step told in plain words: who does what to which tensor, why, how long it waited, and how much moved.

import type { PlanAction } from '../../parallel/stepPlan';
import type { WalkMoment } from '../../parallel/walk';
import type { Texts } from '../i18n/useText';
import { tensorText } from '../mesh/actionText';

export function tellMoment({ rank, action, event }: WalkMoment, texts: Texts): string {
  const { t, format } = texts;
  const words = t.schedule.walk;
  const told = tell(action, rank, texts);
  const bytes = 'bytes' in action && action.bytes > 0 && moves(action) ? words.sent(format.bytes(action.bytes)) : '';
  // The amount belongs to the sentence, before its full stop.
  const sentence = bytes === '' ? told : told.replace(/([.。])$/, `${bytes}$1`);
  if (action.kind === 'compute' && action.part > 0) return `${sentence}${words.part(format.integer(action.part + 1))}`;
  if (action.overlaps) return `${sentence}${words.beside}`;
  if (event.waitMs > 0) return `${sentence}${words.waited(format.duration(event.waitMs))}`;
  return moves(action) ? `${sentence}${words.atOnce}` : sentence;
}

function moves({ kind }: PlanAction): boolean {
  return !['compute', 'zeroGradients', 'gradientNorm', 'optimizerStep', 'outerStep', 'copy'].includes(kind);
}

function tell(action: PlanAction, ofRank: number, texts: Texts): string {
  const { t, format } = texts;
  const words = t.schedule.walk.tell;
  const rank = t.mesh.rank(format.integer(ofRank));
  switch (action.kind) {
    case 'compute':
      return words[action.pass](rank, format.integer(action.stage), format.integer(action.microBatch));
    case 'send':
    case 'receive':
      return words[action.kind](rank, tensorText(action.tensor, texts), format.integer(action.peer));
    case 'copy':
      return words.copy(rank, tensorText(action.tensor, texts));
    case 'allReduce':
    case 'reduceScatter':
    case 'allGather': {
      const peers = action.group.filter((member) => member !== ofRank).map((member) => format.integer(member));
      return words[action.kind](rank, tensorText(action.tensor, texts), peers.join(', '));
    }
    case 'outerStep':
      return words[action.outcome](rank);
    case 'pull':
    case 'push':
      return words[action.kind](rank, format.integer(action.peer));
    case 'zeroGradients':
    case 'gradientNorm':
    case 'optimizerStep':
      return words[action.kind](rank);
  }
}
