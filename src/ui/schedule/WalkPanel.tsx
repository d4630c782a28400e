// "A step, told": one training step action by action, forwards and backwards, each in a sentence, with what every rank holds after it. The
// action is the one that all pictures mark, so pointing at one anywhere turns to its page.

import { ChevronFirst, ChevronLast, ChevronLeft, ChevronRight } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { type RankHoldings, Walk } from '../../parallel/walk';
import { type Texts, useText } from '../i18n/useText';
import { RankSwatch } from '../mesh/RankSwatch';
import { IconButton } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { pointAtRank } from '../stores/meshStore';
import { pointAtAction, useSelection } from '../stores/selectionStore';
import { gathersParameters, HoldingsPicture, placesOf } from './HoldingsPicture';
import panel from './SchedulePanel.module.css';
import { type Basis, bases } from './scheduleScene';
import { type StepAccounts, useStepAccounts } from './stepAccounts';
import { tellMoment } from './tellMoment';
import styles from './WalkPanel.module.css';

export function WalkPanel() {
  const texts = useText();
  const { t } = texts;
  const words = t.schedule.walk;
  const accounts = useStepAccounts();
  const [wanted, setWanted] = useState<Basis>('predicted');
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<SVGSVGElement>(null);
  const basis = accounts === null || accounts[wanted] !== null ? wanted : otherOf(wanted);
  const trace = accounts?.[basis] ?? null;
  const plan = accounts?.plan ?? null;
  const walk = useMemo(() => (plan === null || trace === null ? null : new Walk(plan, trace.events)), [plan, trace]);
  const choices = accounts === null ? [] : bases.filter((name) => accounts[name] !== null);
  return (
    <Panel
      id="walk"
      flush
      title={<Term id="stepWalk">{words.title}</Term>}
      tools={
        <PictureTools
          name="walk"
          svg={() => svg.current}
          table={() => (walk === null ? { columns: [], rows: [] } : walkRows(walk, texts))}
          asTable={asTable}
          onTable={setAsTable}
          empty={walk === null}
        />
      }
    >
      {walk === null || accounts === null ? (
        <p className={panel.note}>{words.empty}</p>
      ) : (
        <Story accounts={accounts} walk={walk} asTable={asTable} svg={svg}>
          {choices.length < 2 ? null : (
            <label className={styles.choice}>
              {words.basis}{' '}
              <select
                value={basis}
                onChange={(event) => setWanted(event.target.value === 'measured' ? 'measured' : 'predicted')}
              >
                {choices.map((name) => (
                  <option key={name} value={name}>
                    {t.schedule.bases[name]}
                  </option>
                ))}
              </select>
            </label>
          )}
        </Story>
      )}
    </Panel>
  );
}

interface StoryProps {
  readonly accounts: StepAccounts;
  readonly walk: Walk;
  readonly asTable: boolean;
  readonly svg: React.RefObject<SVGSVGElement | null>;
  readonly children: React.ReactNode;
}

function Story({ accounts: { plan }, walk, asTable, svg, children }: StoryProps) {
  const texts = useText();
  const { t, format } = texts;
  const words = t.schedule.walk;
  const pointed = useSelection((state) => state.action);
  const [only, setOnly] = useState<number | null>(null);
  const at = useMemo(() => (pointed === null ? 0 : walk.find(pointed) + 1), [walk, pointed]);
  const holdings = useMemo(() => walk.after(at), [walk, at]);
  const places = useMemo(() => placesOf(plan), [plan]);
  const all = walk.moments.length;
  const moment = walk.moments[at - 1];
  const turnTo = (wantedAt: number) => {
    const target = snapped(walk, Math.min(all, Math.max(0, wantedAt)), at, only);
    const next = walk.moments[target - 1];
    pointAtAction(next === undefined ? null : { rank: next.rank, index: next.index });
    pointAtRank(next?.rank ?? null);
  };
  const place = words.place(format.integer(at), format.integer(all));
  return (
    <>
      <div className={styles.controls}>
        <div className={styles.keys}>
          <IconButton icon={ChevronFirst} label={words.first} disabled={at === 0} onClick={() => turnTo(0)} />
          <IconButton icon={ChevronLeft} label={words.back} disabled={at === 0} onClick={() => turnTo(at - 1)} />
          <IconButton icon={ChevronRight} label={words.on} disabled={at === all} onClick={() => turnTo(at + 1)} />
          <IconButton icon={ChevronLast} label={words.last} disabled={at === all} onClick={() => turnTo(all)} />
        </div>
        <input
          type="range"
          className={styles.slider}
          min={0}
          max={all}
          step={1}
          value={at}
          aria-label={words.slider}
          aria-valuetext={place}
          onChange={(event) => turnTo(Number(event.target.value))}
        />
        <output className={styles.place} data-testid="walk-place">
          {place}
        </output>
        <label className={styles.choice}>
          {words.only}{' '}
          <select
            value={only ?? 'all'}
            onChange={(event) => setOnly(event.target.value === 'all' ? null : Number(event.target.value))}
          >
            <option value="all">{words.all}</option>
            {plan.actions.map((_, rank) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a rank is its number
              <option key={rank} value={rank}>
                {rank}
              </option>
            ))}
          </select>
        </label>
        {children}
      </div>
      <p className={styles.told} aria-live="polite" data-testid="walk-told">
        {moment === undefined ? (
          <>
            {words.before} <span className={styles.hint}>{words.hint}</span>
          </>
        ) : (
          <>
            <RankSwatch rank={moment.rank} /> {tellMoment(moment, texts)}
          </>
        )}
      </p>
      {asTable ? (
        <PictureTable caption={`${words.holds}, ${place}`} data={holdingRows(holdings, texts)} />
      ) : (
        <ScrollArea className={styles.holds} label={words.holds}>
          <HoldingsPicture
            places={places}
            holdings={holdings}
            gathers={gathersParameters(plan)}
            rank={moment?.rank ?? null}
            label={`${words.holds}. ${holdingRows(holdings, texts)
              .rows.map((row) => row.join(', '))
              .join('; ')}`}
            svg={svg}
          />
        </ScrollArea>
      )}
    </>
  );
}

function otherOf(basis: Basis): Basis {
  return basis === 'measured' ? 'predicted' : 'measured';
}

/** With one rank chosen, the next moment of that rank in the direction of the step. */
function snapped(walk: Walk, to: number, from: number, only: number | null): number {
  if (only === null || to === 0) return to;
  const way = to < from ? -1 : 1;
  for (let at = to; at >= 0 && at <= walk.moments.length; at += way) {
    if (at === 0 || walk.moments[at - 1]?.rank === only) return at;
  }
  return from;
}

function holdingRows(holdings: readonly RankHoldings[], { t, format }: Texts): PictureData {
  const words = t.schedule.walk;
  const none = words.nothing;
  return {
    columns: [words.only, words.activations, words.gradients, words.gathered, words.underWay],
    rows: holdings.map((held) => [
      t.mesh.rank(format.integer(held.rank)),
      held.activations
        .map(({ stage, microBatch }) => words.activation(format.integer(stage), format.integer(microBatch)))
        .join('; ') || none,
      [
        words.states[held.gradients],
        ...(held.gradients === 'partial'
          ? [
              words.progress(format.integer(held.passes), format.integer(held.allPasses)),
              ...(held.allSummed > 0 ? [words.sums(format.integer(held.summed), format.integer(held.allSummed))] : []),
            ]
          : []),
      ].join(', '),
      held.gathered.length === 0 ? none : words.units(held.gathered.map((unit) => format.integer(unit)).join(', ')),
      held.underWay === 0 ? none : words.messages(format.integer(held.underWay)),
    ]),
  };
}

/** The whole story. */
function walkRows(walk: Walk, texts: Texts): PictureData {
  const { table: title, walk: words } = texts.t.schedule;
  const { table } = words;
  const start = walk.moments.reduce((least, { event }) => Math.min(least, event.startMs), Number.POSITIVE_INFINITY);
  const whole = (ms: number) => Number(ms.toFixed(6));
  return {
    columns: [table.order, title.rank, title.start, title.duration, title.waited, title.bytes, table.told],
    rows: walk.moments.map((moment, at) => {
      const { startMs, endMs, waitMs, bytes } = moment.event;
      const times = [startMs - start, endMs - startMs, waitMs].map(whole);
      return [at + 1, moment.rank, ...times, bytes, tellMoment(moment, texts)];
    }),
  };
}
