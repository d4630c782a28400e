// What ranks have sent each other: a line a kind of exchange, which unfolds into its ranks.

import { ChevronDown, ChevronRight } from 'lucide-react';
import { Fragment, useMemo, useState } from 'react';
import type { TermId } from '../i18n/termsEn';
import { type Texts, useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import table from '../parts/Table.module.css';
import { Term } from '../parts/Term';
import { pointAtRank, useMesh } from '../stores/meshStore';
import { useRun } from '../stores/runStore';
import { axisText } from './actionText';
import { type LedgerAmounts, sumAmounts, sumLedger } from './ledgerSums';
import styles from './meshTables.module.css';
import { RankSwatch } from './RankSwatch';
import { useShownMesh } from './shownMesh';
import panelStyles from './TimelinePanel.module.css';

const columns: readonly { readonly name: keyof LedgerAmounts; readonly term: TermId }[] = [
  { name: 'calls', term: 'ledgerCalls' },
  { name: 'messages', term: 'ledgerMessages' },
  { name: 'bytesOut', term: 'bytesOut' },
  { name: 'bytesIn', term: 'bytesIn' },
  { name: 'milliseconds', term: 'ledgerTime' },
];

export function LedgerPanel() {
  const texts = useText();
  const { t, format } = texts;
  const shown = useShownMesh();
  const rows = useMesh((state) => state.ledger);
  const step = useRun((state) => state.step);
  const sums = useMemo(() => sumLedger(rows), [rows]);
  if (shown === null) return null;
  const total = sumAmounts(sums);
  return (
    <Panel
      id="ledger"
      flush
      title={
        <>
          <Term id="ledger">{t.mesh.ledger.title}</Term>{' '}
          <span className={panelStyles.basis}>
            {step === 0 || sums.length === 0 ? '' : t.mesh.ledger.perStep(format.bytes(total.bytesOut / step))}
          </span>
        </>
      }
    >
      {sums.length === 0 ? (
        <p className={panelStyles.note}>{t.mesh.ledger.empty}</p>
      ) : (
        <LedgerTable sums={sums} total={total} texts={texts} />
      )}
    </Panel>
  );
}

interface LedgerTableProps {
  readonly sums: ReturnType<typeof sumLedger>;
  readonly total: LedgerAmounts;
  readonly texts: Texts;
}

function LedgerTable({ sums, total, texts }: LedgerTableProps) {
  const { t, format } = texts;
  const words = t.mesh.ledger;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const pointed = useMesh((state) => state.rank);
  const toggle = (key: string) => {
    const next = new Set(open);
    if (!next.delete(key)) next.add(key);
    setOpen(next);
  };
  return (
    <ScrollArea className={table.scroll} label={words.title}>
      <table className={`${table.table} ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col" className={table.textual}>
              <Term id="collective">{words.collective}</Term>
            </th>
            <th scope="col" className={table.textual}>
              {words.axis}
            </th>
            <th scope="col" className={table.textual}>
              {words.what}
            </th>
            {columns.map(({ name, term }) => (
              <th key={name} scope="col">
                <Term id={term} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sums.map((sum) => {
            const name = t.mesh.collectives[sum.collective];
            const unfolded = open.has(sum.key);
            const what = `${name} ${axisText(sum.axis, texts)} ${cargoText(sum.what, texts)}`;
            return (
              <Fragment key={sum.key}>
                <tr>
                  <th scope="row" className={table.textual}>
                    <button
                      type="button"
                      className={styles.fold}
                      aria-expanded={unfolded}
                      aria-label={unfolded ? words.hide(what) : words.show(what)}
                      onClick={() => toggle(sum.key)}
                    >
                      {unfolded ? <ChevronDown size={13} aria-hidden /> : <ChevronRight size={13} aria-hidden />}
                      {name}
                    </button>
                  </th>
                  <td className={table.textual}>{axisText(sum.axis, texts)}</td>
                  <td className={table.textual}>{cargoText(sum.what, texts)}</td>
                  <Amounts amounts={sum} texts={texts} />
                </tr>
                {unfolded
                  ? sum.ranks.map((row) => (
                      <tr
                        key={row.rank}
                        className={styles.inner}
                        data-pointed={pointed === row.rank || undefined}
                        onPointerEnter={() => pointAtRank(row.rank)}
                        onPointerLeave={() => pointAtRank(null)}
                      >
                        <th scope="row" className={table.textual} colSpan={3}>
                          <RankSwatch rank={row.rank} /> {t.mesh.rank(format.integer(row.rank))}
                        </th>
                        <Amounts amounts={row} texts={texts} />
                      </tr>
                    ))
                  : null}
              </Fragment>
            );
          })}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row" className={table.textual} colSpan={3}>
              {words.total}
            </th>
            <Amounts amounts={total} texts={texts} />
          </tr>
        </tfoot>
      </table>
    </ScrollArea>
  );
}

function Amounts({ amounts, texts: { format } }: { readonly amounts: LedgerAmounts; readonly texts: Texts }) {
  return (
    <>
      <td>{format.integer(amounts.calls)}</td>
      <td>{format.integer(amounts.messages)}</td>
      <td>{format.bytes(amounts.bytesOut)}</td>
      <td>{format.bytes(amounts.bytesIn)}</td>
      <td>{format.duration(amounts.milliseconds)}</td>
    </>
  );
}

/** Ranks name what they move in English; a name that is not known here is shown as it came. */
function cargoText(what: string, { t }: Texts): string {
  const names: Readonly<Record<string, string>> = t.mesh.cargo;
  return names[what] ?? what;
}
