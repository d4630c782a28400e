// The clusters of duplicates as a list to choose from: what was kept, how many more there were, how similar. One stop for the keyboard.

import type { DuplicateCluster } from '../../core/pipelineRecords';
import { useText } from '../i18n/useText';
import { dataStore } from '../stores/dataStore';
import styles from './DuplicatesPanel.module.css';

interface ClusterListProps {
  readonly clusters: readonly DuplicateCluster[];
  readonly chosen: number;
  readonly name: (document: DuplicateCluster['kept']) => string;
}

export function ClusterList({ clusters, chosen, name }: ClusterListProps) {
  const { t, format } = useText();
  const words = t.dataView.duplicates;
  const choose = (cluster: number) => dataStore.setState({ pair: { cluster, member: 0 } });
  return (
    <div
      className={styles.clusters}
      role="listbox"
      tabIndex={0}
      aria-label={words.clusters}
      aria-activedescendant={`cluster-${chosen}`}
      onKeyDown={(event) => {
        const next = { ArrowDown: chosen + 1, ArrowUp: chosen - 1, Home: 0, End: clusters.length - 1 }[event.key];
        if (next === undefined) return;
        event.preventDefault();
        const at = Math.max(0, Math.min(next, clusters.length - 1));
        choose(at);
        event.currentTarget.children[at]?.scrollIntoView({ block: 'nearest' });
      }}
    >
      {clusters.map(({ kept, members }, at) => {
        const least = Math.min(...members.map(({ similarity }) => similarity));
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys
          <div
            key={`${kept.file} ${kept.record}`}
            id={`cluster-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === chosen}
            onClick={() => choose(at)}
          >
            <span className={styles.name}>{name(kept)}</span>
            <span className={styles.facts}>
              {words.copies(format.integer(members.length))} · {words.from(format.percent(least))}
            </span>
          </div>
        );
      })}
    </div>
  );
}
