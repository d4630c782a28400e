// Tensors of a training step by name: found by search, watched while the run trains, each rank's part by itself.

import { X } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { type TensorId, type TensorListing, tensorKinds } from '../../core/insideRecords';
import { useText } from '../i18n/useText';
import { insideController } from '../labControllerInside';
import { IconButton } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { FailureText } from '../states/FailureText';
import { tensorKey, useInside } from '../stores/insideStore';
import { useRun } from '../stores/runStore';
import { isOneOf } from '../stores/viewStore';
import { type MapKind, mapKinds } from './drawTensor';
import { histogramTable } from './insideTables';
import { TensorPicture } from './TensorPicture';
import styles from './TensorsPanel.module.css';

/** As many as a step is asked for at once. */
const MOST_WATCHED = 8;
const MOST_SHOWN = 200;
const CADENCES = [1, 2, 5, 10, 50, 100] as const;

export function TensorsPanel() {
  const { t, format } = useText();
  const words = t.inside.tensors;
  const listing = useInside((state) => state.listing);
  const watched = useInside((state) => state.watched);
  const every = useInside((state) => state.every);
  const error = useInside((state) => state.watchError);
  const asynchronous = useRun((state) => state.facts?.config.parallel.strategy === 'async');
  const [map, setMap] = useState<MapKind>('greatest');
  return (
    <Panel id="insideTensors" title={<Term id="tensorWatch">{words.title}</Term>}>
      {asynchronous ? <p className={styles.hint}>{words.noneAsync}</p> : null}
      {listing === null ? <p className={styles.hint}>{words.none}</p> : <Finder listing={listing} watched={watched} />}
      <div className={styles.settings}>
        <label>
          {words.every}{' '}
          <select value={every} onChange={({ target }) => insideController.every(Number(target.value))}>
            {CADENCES.map((steps) => (
              <option key={steps} value={steps}>
                {format.integer(steps)}
              </option>
            ))}
          </select>{' '}
          {words.steps}
        </label>
        <label>
          {words.show}{' '}
          <select
            value={map}
            onChange={({ target }) => {
              if (isOneOf(mapKinds, target.value)) setMap(target.value);
            }}
          >
            {mapKinds.map((kind) => (
              <option key={kind} value={kind}>
                {words.map[kind]}
              </option>
            ))}
          </select>
        </label>
      </div>
      {error === null ? null : (
        <div role="alert" className={styles.error}>
          <FailureText error={error} />
        </div>
      )}
      {watched.length === 0 ? <p className={styles.hint}>{words.choose}</p> : null}
      {watched.map((id) => (
        <Watched key={tensorKey(id)} id={id} map={map} />
      ))}
    </Panel>
  );
}

interface FinderProps {
  readonly listing: readonly TensorListing[];
  readonly watched: readonly TensorId[];
}

function Finder({ listing, watched }: FinderProps) {
  const { t, format } = useText();
  const words = t.inside.tensors;
  const [search, setSearch] = useState('');
  const [kind, setKind] = useState('all');
  const found = useMemo(() => {
    const parts = search.toLowerCase().split(/\s+/);
    return listing.filter(
      (each) => (kind === 'all' || each.kind === kind) && parts.every((part) => each.name.toLowerCase().includes(part)),
    );
  }, [listing, search, kind]);
  const marked = new Set(watched.map(tensorKey));
  const shown = found.slice(0, MOST_SHOWN);
  return (
    <>
      <div className={styles.finder}>
        <input
          type="search"
          value={search}
          aria-label={words.search}
          placeholder={words.search}
          spellCheck={false}
          onChange={({ target }) => setSearch(target.value)}
        />
        <select value={kind} aria-label={words.kind} onChange={({ target }) => setKind(target.value)}>
          <option value="all">{words.all}</option>
          {tensorKinds.map((name) => (
            <option key={name} value={name}>
              {words.kinds[name]}
            </option>
          ))}
        </select>
      </div>
      <fieldset className={styles.list} aria-label={words.list}>
        {shown.map((each) => {
          const key = tensorKey(each);
          const on = marked.has(key);
          return (
            <label key={key} className={styles.entry}>
              <input
                type="checkbox"
                checked={on}
                disabled={!on && marked.size >= MOST_WATCHED}
                onChange={() => insideController.toggle(each)}
              />
              <span className={styles.name}>{each.name}</span>
              <span className={styles.kind}>
                {words.kinds[each.kind]} {each.shape.map(String).join('×')}
              </span>
            </label>
          );
        })}
      </fieldset>
      <p className={styles.hint}>
        {found.length === 0
          ? words.noneFound
          : words.found(format.integer(shown.length), format.integer(listing.length))}
        {marked.size >= MOST_WATCHED ? ` ${words.most(format.integer(MOST_WATCHED))}` : ''}
      </p>
    </>
  );
}

function Watched({ id, map }: { readonly id: TensorId; readonly map: MapKind }) {
  const { t, format } = useText();
  const words = t.inside.tensors;
  const all = useInside((state) => state.reports);
  const arming = useInside((state) => state.arming);
  const ranked = useRun(({ facts }) => {
    if (facts === null) return false;
    const { dp, pp, tp } = facts.config.parallel;
    return dp * pp * tp > 1;
  });
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<(() => string) | null>(null);
  const key = tensorKey(id);
  const reports = [...all.values()]
    .filter((report) => tensorKey(report) === key)
    .sort((a, b) => a.rank - b.rank || a.start - b.start);
  const table = () => histogramTable(reports, words.columns);
  return (
    <section className={styles.watched} aria-label={`${id.name}, ${words.kinds[id.kind]}`}>
      <header className={styles.head}>
        <h3>
          <span className={styles.name}>{id.name}</span> <span className={styles.kind}>{words.kinds[id.kind]}</span>
        </h3>
        <PictureTools
          name={`${id.kind}-${id.name}`}
          svg={() => svg.current?.() ?? null}
          table={table}
          asTable={asTable}
          onTable={setAsTable}
          empty={reports.length === 0}
        />
        <IconButton icon={X} label={words.stop(id.name)} onClick={() => insideController.toggle(id)} />
      </header>
      {reports.length === 0 ? (
        <p className={styles.hint}>{arming ? words.arming : words.waiting}</p>
      ) : asTable ? (
        <PictureTable
          caption={id.name}
          data={table()}
          format={(value, column) =>
            column === 2 || column === 3 ? format.significant(value, 4) : format.integer(value)
          }
        />
      ) : (
        reports.map((report, at) => (
          <TensorPicture
            key={`${report.rank} ${report.start}`}
            report={report}
            kind={map}
            ranked={ranked}
            svg={at === 0 ? svg : null}
          />
        ))
      )}
    </section>
  );
}
