// What each pipeline rank holds at its peak: a bar a rank with the limit drawn across, or the same as a table.

import { ChartBarStacked, Table2 } from 'lucide-react';
import { useState } from 'react';
import { memoryLimitBytes } from '../../planner/clusterMemory';
import type { PlanMemoryRow, StageMemory } from '../../planner/clusterPlan';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import styles from './Planner.module.css';
import { usePlanned } from './planned';

const kinds = ['parameters', 'gradients', 'optimizer', 'activations', 'buffers'] as const;

export function MemoryPanel() {
  const { t, format } = useText();
  const words = t.planner.memory;
  const [asTable, setAsTable] = useState(false);
  const { plan, prediction } = usePlanned();
  const limit = memoryLimitBytes(plan.hardware);
  if (prediction === null) return null;
  const { memory } = prediction;
  const fullest = memory.reduce((most, stage) => (stage.peakBytes > most.peakBytes ? stage : most), memory[0]);
  return (
    <Panel
      id="planMemory"
      flush
      fillable={false}
      title={
        <>
          <Term id="planMemory">{words.title}</Term> <span className={styles.basis}>{t.planner.predicted}</span>
        </>
      }
      tools={
        <IconButton
          icon={asTable ? ChartBarStacked : Table2}
          label={asTable ? words.bars : words.table}
          pressed={asTable}
          onClick={() => setAsTable(!asTable)}
        />
      }
    >
      {asTable ? <MemoryTable memory={memory} /> : <MemoryBars memory={memory} limit={limit} />}
      <p className={styles.foot}>
        {words.summary(format.integer(fullest.pipelineRank), format.bytes(fullest.peakBytes), format.bytes(limit))}
      </p>
    </Panel>
  );
}

function bytesOf(rows: readonly PlanMemoryRow[], kind: PlanMemoryRow['kind']): number {
  return rows.reduce((sum, row) => (row.kind === kind ? sum + row.bytes : sum), 0);
}

function MemoryBars({ memory, limit }: { readonly memory: readonly StageMemory[]; readonly limit: number }) {
  const { t, format } = useText();
  const words = t.planner.memory;
  const most = memory.reduce((peak, { peakBytes }) => Math.max(peak, peakBytes), limit * 1.04);
  return (
    <>
      <ScrollArea className={styles.bars} label={words.title}>
        <ol>
          {memory.map(({ pipelineRank, rows, peakBytes, peakMs }) => (
            <li key={pipelineRank} title={`${format.bytes(peakBytes)} ${words.at(format.duration(peakMs))}`}>
              <span className={styles.rank}>{format.integer(pipelineRank)}</span>
              <span className={styles.track}>
                <span className={styles.stack} style={{ inlineSize: `${(100 * peakBytes) / most}%` }}>
                  {kinds.map((kind) => (
                    <span key={kind} className={styles[kind]} style={{ flexGrow: bytesOf(rows, kind) }} />
                  ))}
                </span>
                <span className={styles.limit} style={{ insetInlineStart: `${(100 * limit) / most}%` }} aria-hidden />
              </span>
              <span className={peakBytes > limit ? `${styles.size} ${styles.tooMuch}` : styles.size}>
                {format.bytes(peakBytes)}
              </span>
            </li>
          ))}
        </ol>
      </ScrollArea>
      <ul className={styles.kinds}>
        {kinds.map((kind) => (
          <li key={kind}>
            <span className={`${styles.chip} ${styles[kind]}`} aria-hidden />
            {words.kinds[kind]}
          </li>
        ))}
        <li>
          <span className={styles.limitMark} aria-hidden />
          {words.limit(format.bytes(limit))}
        </li>
      </ul>
    </>
  );
}

function MemoryTable({ memory }: { readonly memory: readonly StageMemory[] }) {
  const { t, format } = useText();
  const words = t.planner.memory;
  return (
    <ScrollArea className={styles.scroll} label={words.caption}>
      <table className={styles.table}>
        <caption className="visually-hidden">{words.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{words.stage}</th>
            {kinds.map((kind) => (
              <th key={kind} scope="col">
                {words.kinds[kind]}
              </th>
            ))}
            <th scope="col">{words.peak}</th>
            <th scope="col">{words.peakAt}</th>
          </tr>
        </thead>
        <tbody>
          {memory.map(({ pipelineRank, rows, peakBytes, peakMs }) => (
            <tr key={pipelineRank}>
              <th scope="row">{format.integer(pipelineRank)}</th>
              {kinds.map((kind) => (
                <td key={kind}>{format.bytes(bytesOf(rows, kind))}</td>
              ))}
              <td>{format.bytes(peakBytes)}</td>
              <td>{format.duration(peakMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollArea>
  );
}
