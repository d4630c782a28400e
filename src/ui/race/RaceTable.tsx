// The race in numbers: a row a contender, with what it changes in the mathematics; a contender that failed says why in its row.

import { strategyMath } from '../../parallel/strategies/strategyMath';
import type { TermId } from '../i18n/termsEn';
import { type Texts, useText } from '../i18n/useText';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import { FailureText } from '../states/FailureText';
import { type RaceEntry, useRace } from '../stores/raceStore';
import { useView } from '../stores/viewStore';
import { lossText } from './lossText';
import styles from './Race.module.css';
import { RaceMark } from './RaceMark';
import { bytesPerStep, lastSmoothed, tokensPerSecond } from './raceCurves';
import { ranksOf } from './raceFile';

/** Where a reader finds more about a contender's way: the setting that it turns, with its source. */
const termOf: Readonly<Record<RaceEntry['id'], TermId>> = {
  one: 'oneWorkerSpeed',
  sync: 'parallel.dp',
  f16: 'parallel.compression',
  int8: 'parallel.compression',
  topK: 'parallel.errorFeedback',
  topKPlain: 'parallel.topKShare',
  powerSgd: 'parallel.powerRank',
  localSgd: 'parallel.localSteps',
  diloco: 'parallel.outerMomentum',
  async: 'parallel.maxStaleness',
};

export function RaceTable() {
  const texts = useText();
  const { t } = texts;
  const words = t.race.columns;
  const entries = useRace((race) => race.entries);
  const stale = entries.some(({ staleness }) => staleness !== null);
  return (
    <ScrollArea className={styles.scroll} label={t.race.results}>
      <table className={styles.table}>
        <caption className="visually-hidden">{t.race.results}</caption>
        <thead>
          <tr>
            <th scope="col" className={styles.textual}>
              {words.contender}
            </th>
            <th scope="col">
              <Term id="raceLoss">{words.loss}</Term>
            </th>
            <th scope="col">
              <Term id="raceHeldOut">{words.heldOut}</Term>
            </th>
            <th scope="col">
              <Term id="raceBytes">{words.bytes}</Term>
            </th>
            <th scope="col">
              <Term id="meshSpeed">{words.speed}</Term>
            </th>
            {stale ? (
              <th scope="col">
                <Term id="raceStaleness">{words.staleness}</Term>
              </th>
            ) : null}
          </tr>
        </thead>
        {entries.map((entry) => (
          <Rows key={entry.id} entry={entry} stale={stale} texts={texts} />
        ))}
      </table>
    </ScrollArea>
  );
}

interface RowsProps {
  readonly entry: RaceEntry;
  readonly stale: boolean;
  readonly texts: Texts;
}

/** Its numbers, and below them what it changes. */
function Rows({ entry, stale, texts }: RowsProps) {
  const { t, format } = texts;
  const smoothing = useView((view) => view.smoothing);
  const { id, status, curve, config, heldOut, staleness, error } = entry;
  const { strategy } = config.parallel;
  const loss = lastSmoothed(curve, smoothing);
  const ranks = ranksOf(entry);
  const sent = ranks === 1 && status === 'done' ? 0 : bytesPerStep(entry);
  const speed = tokensPerSecond(curve);
  return (
    <tbody data-contender={id} data-status={status}>
      <tr>
        <th scope="row" className={styles.textual}>
          <span className={styles.name}>
            <RaceMark id={id} /> {t.race.names[id]}
            {status === 'done' ? null : <span className={styles.status}>{t.race.status[status]}</span>}
          </span>
        </th>
        <td>{loss === null ? '–' : lossText(loss, 4, format)}</td>
        <td>{heldOut === null ? '–' : lossText(heldOut.loss, 4, format)}</td>
        <td>{sent === null ? '–' : format.bytes(sent / ranks)}</td>
        <td>{speed === null ? '–' : format.compact(speed)}</td>
        {stale ? <td>{staleness === null ? '–' : format.integer(staleness)}</td> : null}
      </tr>
      <tr>
        <td colSpan={stale ? 6 : 5} className={styles.change}>
          <div>
            {changeText(entry, texts)} <Term id={termOf[id]} />
            {strategy === 'sync' ? null : <code>{strategyMath[strategy].formula}</code>}
            {error === null ? null : (
              <div className={styles.error} role="alert">
                <FailureText error={error} />
              </div>
            )}
          </div>
        </td>
      </tr>
    </tbody>
  );
}

function changeText({ id, config }: RaceEntry, { t, format }: Texts): string {
  const words = t.race.changes;
  const { topKShare, powerRank, localSteps, maxStaleness } = config.parallel;
  switch (id) {
    case 'one':
    case 'sync':
    case 'f16':
    case 'int8':
      return words[id];
    case 'topK':
    case 'topKPlain':
      return words[id](format.percent(topKShare, topKShare < 0.01 ? 2 : 0));
    case 'powerSgd':
      return words.powerSgd(format.integer(powerRank));
    case 'localSgd':
    case 'diloco':
      return words[id](format.integer(localSteps));
    case 'async':
      return words.async(format.integer(maxStaleness));
  }
}
