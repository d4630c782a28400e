// What travels in a step, kind by kind, and what of it nothing hides.

import type { PlanTraffic } from '../../planner/clusterPlan';
import { type Texts, useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import styles from './Planner.module.css';
import { usePlanned } from './planned';

export function TrafficPanel() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.planner.traffic;
  const { prediction } = usePlanned();
  if (prediction === null) return null;
  const rows = [...prediction.traffic].sort(
    (a, b) => b.exposedMilliseconds - a.exposedMilliseconds || b.bytesOut - a.bytesOut,
  );
  return (
    <Panel
      id="planTraffic"
      flush
      title={
        <>
          {words.title} <span className={styles.basis}>{t.planner.predicted}</span>
        </>
      }
    >
      {rows.length === 0 ? (
        <p className={styles.foot}>{words.none}</p>
      ) : (
        <ScrollArea className={styles.scroll} label={words.caption}>
          <table className={styles.table} data-testid="planner-traffic">
            <caption className="visually-hidden">{words.caption}</caption>
            <thead>
              <tr>
                <th scope="col" className={styles.textual}>
                  <Term id="collective">{t.mesh.ledger.collective}</Term>
                </th>
                <th scope="col" className={styles.textual}>
                  {t.mesh.ledger.axis}
                </th>
                <th scope="col" className={styles.textual}>
                  {t.mesh.ledger.what}
                </th>
                <th scope="col">
                  <Term id="ledgerCalls">{t.mesh.ledger.calls}</Term>
                </th>
                <th scope="col">
                  <Term id="bytesOut">{t.mesh.ledger.out}</Term>
                </th>
                <th scope="col">{t.mesh.ledger.time}</th>
                <th scope="col">
                  <Term id="exposed">{words.exposed}</Term>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={`${row.collective} ${row.axis} ${row.what}`}>
                  <th scope="row" className={styles.textual}>
                    {t.mesh.collectives[row.collective]}
                  </th>
                  <td className={styles.textual}>{axisName(row, texts)}</td>
                  <td className={styles.textual}>{cargoName(row, texts)}</td>
                  <td>{format.compact(row.calls)}</td>
                  <td>{format.bytes(row.bytesOut)}</td>
                  <td>{format.duration(row.milliseconds)}</td>
                  <td>{row.exposedMilliseconds === 0 ? '0' : format.duration(row.exposedMilliseconds)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      )}
    </Panel>
  );
}

function axisName({ axis }: PlanTraffic, { t }: Texts): string {
  return axis === 'tied' ? t.planner.traffic.tied : axis === 'world' ? t.planner.traffic.world : axis;
}

/** Contents are named in English by the planner; a name that is not known here is shown as it came. */
function cargoName({ what }: PlanTraffic, { t }: Texts): string {
  const names: Readonly<Record<string, string>> = { ...t.mesh.cargo, ...t.planner.traffic.cargo };
  return names[what] ?? what;
}
