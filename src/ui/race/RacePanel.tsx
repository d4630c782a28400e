// Races between update strategies: choose contenders, watch their curves come, read what each costs and what it changes.
// Layout and files; the race itself is labController's.

import { Braces } from 'lucide-react';
import { useRef, useState } from 'react';
import type uPlot from 'uplot';
import { CurveTable } from '../charts/CurveTable';
import { chartCanvas } from '../charts/chartPicture';
import { saveJson } from '../downloads';
import { useText } from '../i18n/useText';
import { IconButton, Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { PictureTools } from '../pictures/PictureTools';
import { type RaceState, raceShare, useRace } from '../stores/raceStore';
import { setField, useSetup } from '../stores/setupStore';
import styles from './Race.module.css';
import { RaceChart } from './RaceChart';
import { RaceSetup, RaceTitle } from './RaceSetup';
import { RaceTable } from './RaceTable';
import { lossRows } from './raceCurves';
import { raceFile } from './raceFile';
import { racePens } from './racePens';

export function RacePanel() {
  const { t, format } = useText();
  const words = t.race;
  const race = useRace((state) => state);
  const replicas = useSetup((setup) => setup.config.parallel.dp);
  const [asTable, setAsTable] = useState(false);
  const plot = useRef<uPlot | null>(null);
  const { entries } = race;
  const begun = entries.filter(({ curve }) => curve.step.length > 0);
  const rows = () => lossRows(begun.map(({ curve }) => curve));
  const canvas = () => {
    const legend = entries.map(({ id }) => ({ text: words.names[id], ...racePens[id] }));
    return plot.current === null ? null : chartCanvas(plot.current, `${words.chart} (${t.charts.nats})`, legend);
  };
  const tools =
    entries.length === 0 ? undefined : (
      <>
        <PictureTools
          name="race"
          asTable={asTable}
          onTable={setAsTable}
          empty={begun.length === 0}
          canvas={canvas}
          table={() => ({ columns: ['step', ...begun.map(({ id }) => `${id}_loss_nats`)], rows: rows() })}
        />
        <IconButton
          icon={Braces}
          label={words.json}
          disabled={begun.length === 0}
          onClick={() => saveJson(raceFile(entries), 'shardlab-race.json')}
        />
      </>
    );
  return (
    <Panel id="race" flush title={<RaceTitle />} tools={tools}>
      <div className={styles.race}>
        {replicas > 1 || race.state !== 'idle' ? (
          <RaceSetup />
        ) : (
          <div className={styles.none}>
            <p>{words.needReplicas}</p>
            <Key onClick={() => setField('parallel', 'dp', 2)}>{words.makeTwo}</Key>
          </div>
        )}
        {race.state === 'idle' ? null : <Progress race={race} />}
        {entries.length === 0 ? null : (
          <>
            {asTable ? (
              <CurveTable
                name={words.chart}
                header={[t.charts.step, ...begun.map(({ id }) => words.names[id])]}
                rows={rows()}
                format={(value, column) => (column === 0 ? format.integer(value) : format.fixed(value, 4))}
              />
            ) : (
              <RaceChart
                entries={entries}
                onReady={(made) => {
                  plot.current = made;
                }}
              />
            )}
            <RaceTable />
          </>
        )}
      </div>
    </Panel>
  );
}

/** Whose turn it is and how far; only a change of turn is announced. */
function Progress({ race }: { readonly race: RaceState }) {
  const { t, format } = useText();
  const words = t.race;
  const { entries, phase, phaseProgress } = race;
  const index = entries.findIndex(({ status }) => ['preparing', 'racing', 'evaluating'].includes(status));
  const entry = entries[index];
  const share = raceShare(race);
  const percent = phaseProgress === null ? '' : ` ${format.percent(phaseProgress)}`;
  return (
    <div className={styles.progress}>
      <p>
        <span role="status">
          {entry === undefined
            ? words.status.preparing
            : words.turn(format.integer(index + 1), format.integer(entries.length), words.names[entry.id])}
        </span>
        <span className={styles.quiet}>
          {entry === undefined
            ? ''
            : entry.status === 'racing'
              ? ` · ${words.atStep(format.integer(entry.curve.step.at(-1) ?? 0), format.integer(entry.config.train.steps))}`
              : ` · ${phase === 'idle' ? words.status[entry.status] : t.transport.phases[phase]}${percent}`}
        </span>
      </p>
      <div
        className={styles.rule}
        role="progressbar"
        aria-label={words.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
      >
        <div className={styles.fill} style={{ inlineSize: `${share * 100}%` }} />
      </div>
    </div>
  );
}
