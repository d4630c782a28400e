// The duplicates that were found: clusters, their members with their similarity, and two of them side by side with the differences
// highlighted. Which of them stays can be changed for the next run.

import { useState } from 'react';
import type { DuplicateCluster } from '../../core/pipelineRecords';
import { useText } from '../i18n/useText';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { type DataResult, dataStore, isBusy, keepInstead, useData } from '../stores/dataStore';
import { ClusterList } from './ClusterList';
import { DiffText } from './DiffText';
import styles from './DuplicatesPanel.module.css';
import { documentName } from './documentName';
import { useDocument } from './useDocument';

/** Characters of a document that are compared on the page. */
const SHOWN = 6_000;
/** Rows of the table. */
const ROWS = 2_000;

export function DuplicatesPanel({ result }: { readonly result: DataResult }) {
  const { t, format, termName } = useText();
  const words = t.dataView.duplicates;
  const pair = useData((state) => state.pair);
  const [asTable, setAsTable] = useState(false);
  const { clusters, clustersInAll } = result.summary;
  const cluster = clusters.at(pair.cluster);
  const name = (document: DuplicateCluster['kept']) =>
    documentName(document, result.files, t.dataView.samples.document, format);
  const table = (): PictureData => ({
    columns: words.columns,
    rows: clusters
      .flatMap(({ kept, members }, at) =>
        members.map(({ document, similarity }) => [at + 1, name(kept), name(document), similarity]),
      )
      .slice(0, ROWS),
  });
  return (
    <Panel
      id="dataDuplicates"
      flush
      title={<Term id="duplicates" />}
      tools={
        <PictureTools
          name="duplicates"
          table={table}
          asTable={asTable}
          onTable={setAsTable}
          empty={clusters.length === 0}
        />
      }
    >
      <p className={styles.sum} data-testid="duplicate-count">
        {clustersInAll === 0
          ? words.none
          : clusters.length < clustersInAll
            ? words.someOf(format.integer(clusters.length), format.integer(clustersInAll))
            : words.all(format.integer(clustersInAll))}
      </p>
      {cluster === undefined ? null : asTable ? (
        <PictureTable
          caption={termName('duplicates')}
          data={table()}
          format={(value) => format.significant(value, 4)}
        />
      ) : (
        <div className={styles.browser}>
          <ClusterList clusters={clusters} chosen={pair.cluster} name={name} />
          <Pair cluster={cluster} result={result} name={name} />
        </div>
      )}
    </Panel>
  );
}

interface PairProps {
  readonly cluster: DuplicateCluster;
  readonly result: DataResult;
  readonly name: (document: DuplicateCluster['kept']) => string;
}

function Pair({ cluster, result, name }: PairProps) {
  const { t, format } = useText();
  const words = t.dataView.duplicates;
  const chosen = useData((state) => state.pair);
  const busy = useData(isBusy);
  const member = cluster.members.at(chosen.member) ?? cluster.members[0];
  const kept = useDocument(cluster.kept, result);
  const other = useDocument(member.document, result);
  const error = kept.error ?? other.error;
  const before = (kept.text?.cleaned ?? kept.text?.raw ?? '').slice(0, SHOWN);
  const after = (other.text?.cleaned ?? other.text?.raw ?? '').slice(0, SHOWN);
  const read = kept.text !== null && other.text !== null;
  const all = [cluster.kept, ...cluster.members.map(({ document }) => document)];
  return (
    <div className={styles.pair}>
      <div className={styles.members}>
        <label>
          {words.member}{' '}
          <select
            value={chosen.member}
            onChange={({ target }) => dataStore.setState({ pair: { ...chosen, member: Number(target.value) } })}
          >
            {cluster.members.map(({ document, similarity }, at) => (
              <option key={`${document.file} ${document.record}`} value={at}>
                {words.similar(name(document), format.percent(similarity, 1))}
              </option>
            ))}
          </select>
        </label>
        <Key
          disabled={busy}
          title={words.keepHint}
          onClick={() =>
            keepInstead(
              member.document,
              all.filter((document) => document !== member.document),
            )
          }
        >
          {words.keep}
        </Key>
      </div>
      {error === null ? null : <p role="alert">{error.message}</p>}
      <ScrollArea className={styles.sides} label={words.compared}>
        <div>
          <h3>{words.kept(name(cluster.kept))}</h3>
          {read ? <DiffText before={before} after={after} side="before" /> : null}
        </div>
        <div>
          <h3>{words.dropped(name(member.document), format.percent(member.similarity, 1))}</h3>
          {read ? <DiffText before={before} after={after} side="after" /> : null}
        </div>
      </ScrollArea>
    </div>
  );
}
