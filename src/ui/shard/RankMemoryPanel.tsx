// Memory of each rank by kind, predicted above measured on one scale: outlined is predicted, solid is counted on buffers.

import { useRef, useState } from 'react';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { pointAtRank, useMesh } from '../stores/meshStore';
import { MemoryBars } from './MemoryBars';
import { barKinds, totalBytes, worstMiss } from './memoryBars';
import styles from './RankMemoryPanel.module.css';
import { useRankBars } from './useRankBars';

export function RankMemoryPanel() {
  const { t, format } = useText();
  const words = t.shard.memory;
  const bars = useRankBars();
  const rank = useMesh((state) => state.rank);
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<SVGSVGElement>(null);
  const partial = bars.some((bar) => bar.partial);
  const measured = bars.some((bar) => bar.measured !== null);
  const miss = worstMiss(bars);
  const name = (of: number) => t.mesh.rank(format.integer(of));
  const table = (): PictureData => ({
    columns: [words.rank, words.basis, ...barKinds.map((kind) => words.kinds[kind]), words.total],
    rows: bars.flatMap((bar) =>
      [
        { basis: words.predicted, bytes: bar.predicted },
        ...(bar.measured === null ? [] : [{ basis: words.measured, bytes: bar.measured }]),
      ].map(({ basis, bytes }) => [name(bar.rank), basis, ...barKinds.map((kind) => bytes[kind]), totalBytes(bytes)]),
    ),
  });
  return (
    <Panel
      id="rankMemory"
      flush
      title={<Term id="rankMemory">{words.title}</Term>}
      tools={
        <PictureTools
          name="memory"
          svg={() => svg.current}
          table={table}
          asTable={asTable}
          onTable={setAsTable}
          empty={bars.length === 0}
        />
      }
    >
      {asTable ? (
        <PictureTable caption={words.title} data={table()} format={format.bytes} />
      ) : (
        <MemoryBars
          bars={bars}
          rank={rank}
          onRank={pointAtRank}
          label={words.label(format.integer(bars.length))}
          svg={svg}
        />
      )}
      <div className={styles.foot}>
        <ul className={styles.legend}>
          {barKinds.map((kind) => (
            <li key={kind}>
              <span className={`${styles.chip} ${styles[kind]}`} aria-hidden />
              {words.kinds[kind]}
            </li>
          ))}
        </ul>
        <p role="status" data-testid="memory-said">
          {rank === null ? '' : `${saidOf(rank)} · `}
          {partial
            ? words.coming
            : measured
              ? miss === null
                ? ''
                : words.agree(format.percent(miss, 1))
              : words.notMeasured}
        </p>
      </div>
    </Panel>
  );

  function saidOf(of: number): string {
    const bar = bars.find((candidate) => candidate.rank === of);
    if (bar === undefined) return name(of);
    const predicted = format.bytes(totalBytes(bar.predicted));
    return bar.measured === null
      ? words.saidPredicted(name(of), predicted)
      : words.said(name(of), predicted, format.bytes(totalBytes(bar.measured)));
  }
}
