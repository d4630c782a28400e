// One rank as a card: place, layers, state, step, bytes, memory, busy share, and a key that stops its worker.
// A function of what it is given: no store, no verbs of its own.

import { OctagonX } from 'lucide-react';
import type { MeshRankFacts, RankActivity, RankActivityState } from '../../core/meshRecords';
import { type MeshShape, placeText } from '../../parallel/mesh';
import type { TermId } from '../i18n/termsEn';
import { type Texts, useText } from '../i18n/useText';
import { Term } from '../parts/Term';
import styles from './RankCard.module.css';
import { RankSwatch } from './RankSwatch';
import { rankHue } from './rankLook';

interface RankCardProps {
  readonly rank: number;
  readonly shape: MeshShape;
  /** Null until the run is prepared. */
  readonly facts: MeshRankFacts | null;
  readonly activity: RankActivity | null;
  readonly pointed: boolean;
  /** What the whole run is doing where that is not training: what the rank told last is then no longer so. */
  readonly overall: Exclude<RankActivityState, 'computing' | 'waiting'> | 'ended' | null;
  readonly onPoint: (on: boolean) => void;
  /** Null where there is nothing to stop. */
  readonly onStop: (() => void) | null;
}

export function RankCard({ rank, shape, facts, activity, pointed, overall, onPoint, onStop }: RankCardProps) {
  const texts = useText();
  const { t, format } = texts;
  const words = t.mesh.ranks;
  const name = t.mesh.rank(format.integer(rank));
  const state = facts === null ? null : (overall ?? activity?.state ?? 'ready');
  const numbers: readonly (readonly [TermId, string, string | undefined])[] = [
    ['bytesIn', words.in, activity === null ? undefined : format.bytes(activity.bytesIn)],
    ['bytesOut', words.out, activity === null ? undefined : format.bytes(activity.bytesOut)],
    ['step', words.step, activity === null ? undefined : format.integer(activity.step)],
    ['memory', words.memory, facts === null ? undefined : format.bytes(facts.totalBytes)],
    ['parameters', words.values, facts === null ? undefined : format.compact(facts.parameterCount)],
    ['busyShare', words.busy, activity === null ? undefined : format.percent(activity.busyShare)],
  ];
  return (
    <article
      className={styles.card}
      aria-label={name}
      data-rank={rank}
      data-state={state ?? 'planned'}
      data-pointed={pointed || undefined}
      onPointerEnter={() => onPoint(true)}
      onPointerLeave={() => onPoint(false)}
      onFocus={() => onPoint(true)}
      onBlur={() => onPoint(false)}
    >
      <header className={styles.head}>
        <RankSwatch rank={rank} />
        <h3>{name}</h3>
        {state === null ? null : (
          <span className={styles.state} data-testid="rank-state">
            <span className={styles.lamp} aria-hidden />
            {words.states[state]}
          </span>
        )}
      </header>
      <p className={styles.place}>{placeText(shape, rank)}</p>
      <p className={styles.holds}>{facts === null ? ' ' : holdsText(facts, texts)}</p>
      <dl className={styles.numbers}>
        {numbers.map(([term, label, value]) => (
          <div key={term}>
            {/* Definitions are the same on every card: the first one carries them. */}
            <dt>{rank === 0 ? <Term id={term}>{label}</Term> : label}</dt>
            <dd>{value ?? '–'}</dd>
          </div>
        ))}
      </dl>
      <div className={`${styles.busy} ${rankHue(rank)}`} aria-hidden>
        <span style={{ inlineSize: `${Math.min(1, activity?.busyShare ?? 0) * 100}%` }} />
      </div>
      <button
        type="button"
        className={styles.stop}
        disabled={onStop === null}
        title={words.stopHint}
        onClick={() => onStop?.()}
      >
        <OctagonX size={13} strokeWidth={1.7} aria-hidden />
        {words.stop}
        <span className="visually-hidden">, {name}</span>
      </button>
    </article>
  );
}

/** `layers 2 to 3 · head`; layers are counted from 0, as parameters are named. A single stage is the rank's place already. */
function holdsText({ stages }: MeshRankFacts, { t, format }: Texts): string {
  const words = t.mesh.ranks;
  return stages
    .map(({ stage, firstLayer, endLayer, embedding, head }) =>
      [
        ...(stages.length > 1 ? [words.stage(format.integer(stage))] : []),
        ...(embedding ? [words.embedding] : []),
        words.layers(format.integer(firstLayer), format.integer(endLayer - 1)),
        ...(head ? [words.head] : []),
      ].join(' · '),
    )
    .join('; ');
}
