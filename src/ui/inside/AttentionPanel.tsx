// Attention of the text that was read: all heads small, one of them large.

import { useRef, useState } from 'react';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { useInside } from '../stores/insideStore';
import { AttentionGrid } from './AttentionGrid';
import { AttentionMap } from './AttentionMap';
import styles from './AttentionPanel.module.css';
import { attentionTable } from './insideTables';

export function AttentionPanel() {
  const { t, format } = useText();
  const words = t.inside.attention;
  const inspection = useInside((state) => state.inspection);
  const layer = useInside((state) => state.layer);
  const head = useInside((state) => state.head);
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<(() => string) | null>(null);
  const named = words.named(format.integer(layer), format.integer(head));
  const table = () =>
    inspection === null ? { columns: words.columns, rows: [] } : attentionTable(inspection, layer, head, words.columns);
  return (
    <Panel
      id="insideAttention"
      title={<Term id="attentionMap">{words.title}</Term>}
      tools={
        <PictureTools
          name={`attention-${layer}-${head}`}
          svg={() => svg.current?.() ?? null}
          table={table}
          asTable={asTable}
          onTable={setAsTable}
          empty={inspection === null}
        />
      }
    >
      {inspection === null ? (
        <p className={styles.empty}>{words.none}</p>
      ) : asTable ? (
        <PictureTable
          caption={named}
          data={table()}
          format={(value, column) => (column === 4 ? format.percent(value, 1) : format.integer(value))}
        />
      ) : (
        <div className={styles.pair}>
          <AttentionGrid inspection={inspection} />
          <div className={styles.large}>
            <h3>{named}</h3>
            <AttentionMap inspection={inspection} svg={svg} />
          </div>
        </div>
      )}
    </Panel>
  );
}
