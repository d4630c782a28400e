// The header's memory gauge: GPU bytes of the run at a glance, the breakdown on a click.

import { useText } from '../i18n/useText';
import { Popover } from '../parts/Popover';
import { Term } from '../parts/Term';
import { useRun } from '../stores/runStore';
import { MemoryBar, MemoryTable, memoryTotal } from '../train/MemoryTable';
import styles from './Header.module.css';

export function MemoryGauge() {
  const { t, format } = useText();
  const memory = useRun((state) => state.memory);
  const liveBuffers = useRun((state) => state.liveBuffers);
  if (memory.length === 0) return null;
  const total = format.bytes(memoryTotal(memory));
  const heap = heapBytes();
  return (
    <Popover
      label={`${t.header.memory}: ${total}`}
      className={styles.gauge}
      face={
        <>
          <span className={styles.gaugeBar}>
            <MemoryBar rows={memory} height={8} />
          </span>
          <span className={styles.number}>{total}</span>
        </>
      }
    >
      <h3 className={styles.layerTitle}>
        <Term id="memory" />
      </h3>
      <MemoryTable rows={memory} />
      <p className={styles.said}>
        {liveBuffers > 0 ? t.memory.buffers(format.integer(liveBuffers)) : ''}
        {heap === null ? '' : ` · ${t.memory.heap}: ${format.bytes(heap)}`}
      </p>
    </Popover>
  );
}

/** Chromium only; elsewhere the line is left out. */
function heapBytes(): number | null {
  if (!('memory' in performance)) return null;
  const { memory } = performance;
  if (typeof memory !== 'object' || memory === null || !('usedJSHeapSize' in memory)) return null;
  return typeof memory.usedJSHeapSize === 'number' ? memory.usedJSHeapSize : null;
}
