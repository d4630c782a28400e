// Every parameter of a proof, those that used most of their tolerance first.

import type { ProofRow } from '../../core/meshRecords';
import { useText } from '../i18n/useText';
import { ScrollArea } from '../parts/ScrollArea';
import table from '../parts/Table.module.css';
import { Term } from '../parts/Term';
import styles from './meshTables.module.css';
import { toleranceUsed } from './proofSummary';

export function ProofTable({ rows }: { readonly rows: readonly ProofRow[] }) {
  const { t, format } = useText();
  const words = t.mesh.proof;
  const sorted = [...rows].sort((a, b) => toleranceUsed(b) - toleranceUsed(a));
  return (
    <ScrollArea className={table.scroll} label={words.parameters}>
      <table className={`${table.table} ${styles.table}`}>
        <thead>
          <tr>
            <th scope="col" className={table.textual}>
              {words.parameter}
            </th>
            <th scope="col" className={table.textual}>
              {words.quantity}
            </th>
            <th scope="col">{words.absolute}</th>
            <th scope="col">
              <Term id="relativeError">{words.relative}</Term>
            </th>
            <th scope="col">
              <Term id="tolerance">{words.tolerance}</Term>
            </th>
            <th scope="col">{words.result}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={`${row.parameter} ${row.quantity}`}>
              <th scope="row" className={table.textual}>
                {row.parameter}
              </th>
              <td className={table.textual}>{words.quantities[row.quantity]}</td>
              <td>{format.scientific(row.maxAbsolute)}</td>
              <td>{format.scientific(row.maxRelative)}</td>
              <td>{format.scientific(row.tolerance)}</td>
              <td className={row.ok ? undefined : styles.bad}>{row.ok ? words.within : words.outside}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
