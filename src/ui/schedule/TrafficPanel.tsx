// What ranks send each other in one step: by pair as a matrix, by kind of exchange as a ledger, predicted beside measured, and whether they agree.

import { useMemo, useRef, useState } from 'react';
import { type Texts, useText } from '../i18n/useText';
import { axisText } from '../mesh/actionText';
import meshTables from '../mesh/meshTables.module.css';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import tables from '../parts/Table.module.css';
import { Term } from '../parts/Term';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import panel from './SchedulePanel.module.css';
import { useStepAccounts } from './stepAccounts';
import { TrafficMatrix } from './TrafficMatrix';
import styles from './TrafficPanel.module.css';
import { type ExchangeLine, type StepTraffic, stepTraffic } from './trafficSums';

export function TrafficPanel() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.schedule.traffic;
  const accounts = useStepAccounts();
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<SVGSVGElement>(null);
  const traffic = useMemo(
    () => (accounts === null ? null : stepTraffic(accounts.plan.actions.length, accounts.predicted, accounts.measured)),
    [accounts],
  );
  const empty = traffic === null || traffic.mostBytes === 0;
  const table = (): PictureData => (traffic === null ? { columns: [], rows: [] } : pairRows(traffic, texts));
  return (
    <Panel
      id="traffic"
      flush
      title={<Term id="trafficMatrix">{words.title}</Term>}
      tools={
        <PictureTools
          name="traffic"
          svg={() => svg.current}
          table={table}
          asTable={asTable}
          onTable={setAsTable}
          empty={empty}
        />
      }
    >
      {traffic === null || traffic.mostBytes === 0 ? (
        <p className={panel.note}>{words.empty}</p>
      ) : (
        <>
          <p
            className={traffic.difference?.count === 0 ? styles.equal : panel.note}
            data-testid="traffic-verdict"
            data-equal={traffic.difference?.count === 0}
          >
            {accounts?.otherRun === true
              ? words.otherSetup
              : traffic.difference === null
                ? words.unmeasured
                : traffic.difference.count === 0
                  ? words.equal
                  : words.differs(format.integer(traffic.difference.count), format.bytes(traffic.difference.bytes))}
          </p>
          {asTable ? (
            <PictureTable
              caption={words.caption}
              data={table()}
              format={(value, column) => (column < 2 ? format.integer(value) : format.bytes(value))}
            />
          ) : (
            <div className={styles.frame}>
              <div className={styles.both}>
                <TrafficMatrix traffic={traffic} svg={svg} />
                <ExchangeTable lines={traffic.lines} texts={texts} />
              </div>
            </div>
          )}
        </>
      )}
    </Panel>
  );
}

function ExchangeTable({ lines, texts }: { readonly lines: readonly ExchangeLine[]; readonly texts: Texts }) {
  const { t, format } = texts;
  const words = t.schedule.traffic;
  const cargo: Readonly<Record<string, string>> = t.mesh.cargo;
  const sum = (account: 'predicted' | 'measured') =>
    lines.reduce((total, line) => total + (line[account]?.bytesOut ?? 0), 0);
  const measured = lines.some((line) => line.measured !== null);
  return (
    <ScrollArea className={styles.ledger} label={words.ledger}>
      <table className={`${tables.table} ${meshTables.table}`}>
        <caption className="visually-hidden">{words.ledger}</caption>
        <thead>
          <tr>
            <th scope="col" className={tables.textual}>
              {words.exchange}
            </th>
            <th scope="col" className={`${tables.textual} ${styles.apartFromName}`}>
              {words.axis}
            </th>
            <th scope="col" className={`${tables.textual} ${styles.apartFromName}`}>
              {words.what}
            </th>
            <th scope="col">{words.messages}</th>
            <th scope="col">{words.predictedBytes}</th>
            <th scope="col">{words.measuredBytes}</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => {
            const axis = axisText(line.axis, texts);
            const what = cargo[line.what] ?? line.what;
            return (
              <tr key={line.key}>
                <th scope="row" className={tables.textual}>
                  {t.mesh.collectives[line.collective]}
                  {/* In place of the two columns where there is no room for them. */}
                  <span className={styles.underName}>
                    {axis} · {what}
                  </span>
                </th>
                <td className={`${tables.textual} ${styles.apartFromName}`}>{axis}</td>
                <td className={`${tables.textual} ${styles.apartFromName}`}>{what}</td>
                <td>{format.integer(messagesOf(line))}</td>
                <td>{line.predicted === null ? '–' : format.bytes(line.predicted.bytesOut)}</td>
                <td>
                  {line.measured === null ? '–' : format.bytes(line.measured.bytesOut)}{' '}
                  <Mark line={line} texts={texts} />
                </td>
              </tr>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" className={tables.textual}>
              {words.total}
            </th>
            <td className={styles.apartFromName} />
            <td className={styles.apartFromName} />
            <td>{format.integer(lines.reduce((total, line) => total + messagesOf(line), 0))}</td>
            <td>{format.bytes(sum('predicted'))}</td>
            <td>{measured ? format.bytes(sum('measured')) : '–'}</td>
          </tr>
        </tfoot>
      </table>
    </ScrollArea>
  );
}

function messagesOf({ predicted, measured }: ExchangeLine): number {
  return (predicted ?? measured)?.messages ?? 0;
}

function Mark({ line: { predicted, measured }, texts }: { readonly line: ExchangeLine; readonly texts: Texts }) {
  const { t, format } = texts;
  const words = t.schedule.traffic;
  if (predicted === null || measured === null) return null;
  const apart = Math.abs(predicted.bytesOut - measured.bytesOut);
  return apart === 0 ? (
    <span className={styles.same} title={words.same}>
      =<span className="visually-hidden"> {words.same}</span>
    </span>
  ) : (
    <span className={styles.apart}>{words.difference(format.bytes(apart))}</span>
  );
}

/** Pairs that send anything. */
function pairRows({ cells }: StepTraffic, { t }: Texts): PictureData {
  const words = t.schedule.traffic;
  const rows = cells
    .flat()
    .filter(({ predicted, measured }) => (predicted ?? 0) > 0 || (measured ?? 0) > 0)
    .map(({ from, to, predicted, measured }) => [from, to, predicted, measured]);
  return { columns: [words.from, words.to, words.predictedBytes, words.measuredBytes], rows };
}
