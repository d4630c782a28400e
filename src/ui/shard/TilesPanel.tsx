// The model as tiles, and the one pointed at in words. While a run of this set-up is there, what it has allocated is said beside what is drawn.

import { useEffect, useMemo, useRef, useState } from 'react';
import { mapTensors, stateBytes, type TensorMap, tensorLayers } from '../../planner/tensorMap';
import { issueText } from '../i18n/issueText';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { pointAtRank, useMesh } from '../stores/meshStore';
import { pointAtAction, pointAtTensor, useSelection } from '../stores/selectionStore';
import { useView, viewStore } from '../stores/viewStore';
import { Segments } from './Segments';
import { TileFacts } from './TileFacts';
import { TilePicture } from './TilePicture';
import styles from './TilesPanel.module.css';
import { movedTensors, tileRows } from './tileWords';
import { useCarried, useTouched } from './useCarried';
import { useMeasuredMemory } from './useMeasuredMemory';
import { useMeshSettings } from './useMeshSettings';

const noRows: PictureData = { columns: [], rows: [] };

export function TilesPanel() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.shard.tiles;
  const { settings, issue } = useMeshSettings();
  const layer = useView((state) => state.tiles);
  const tensorName = useSelection((state) => state.tensor);
  const rank = useMesh((state) => state.rank);
  const measured = useMeasuredMemory();
  const [asTable, setAsTable] = useState(false);
  const [pointed, setPointed] = useState(false);
  if (tensorName !== null && !pointed) setPointed(true);
  const svg = useRef<(() => string) | null>(null);
  const map = useMemo(() => (issue === null ? mapTensors(settings, layer) : null), [settings, issue, layer]);
  const tensor = map?.tensors.find(({ name }) => name === tensorName) ?? null;
  const carried = useCarried(map, tensor, rank);
  const touched = useTouched(map);
  const moved = useMoved(map);
  const follow = () => {
    if (carried.kind === 'action') pointAtAction({ rank: carried.rank, index: carried.index });
  };
  if (map === null)
    return (
      <Panel id="tiles" title={words.title}>
        <p>{issue === null ? '' : words.refused(issueText(issue, texts))}</p>
      </Panel>
    );
  const count = format.integer(map.tensors.length);
  const summary =
    map.ranks.length === 1 ? words.summaryOne(count) : words.summary(count, format.integer(map.ranks.length));
  const planned =
    map.layer === 'activations'
      ? map.tensors.reduce((sum, { slices }) => sum + slices.reduce((all, { bytes }) => all + bytes, 0), 0)
      : map.ranks.reduce(
          (sum, state) => sum + stateBytes(state)[map.layer === 'activations' ? 'parameters' : map.layer],
          0,
        );
  const live = measured?.reduce((sum, rows) => sum + (rows.find(({ kind }) => kind === layer)?.bytes ?? 0), 0);
  const rows = asTable ? tileRows(map, texts) : noRows;
  const label = words.label(words.layers[layer], summary);
  return (
    <Panel
      id="tiles"
      flush
      title={
        <>
          <Term id="tensorTiles">{words.title}</Term>{' '}
          <span className={styles.basis} data-testid="tiles-summary">
            {summary}
          </span>
        </>
      }
      tools={
        <PictureTools
          name={`tensors-${layer}`}
          svg={() => svg.current?.() ?? null}
          table={() => tileRows(map, texts)}
          asTable={asTable}
          onTable={setAsTable}
        />
      }
    >
      <div className={styles.strip}>
        <Segments
          label={words.layersLabel}
          options={tensorLayers.map((name) => ({ value: name, face: words.layers[name] }))}
          value={layer}
          onChoose={(tiles) => viewStore.setState({ tiles })}
        />
        <p className={styles.bytes} data-testid="tiles-bytes">
          {live === undefined ? words.planned(format.bytes(planned)) : words.measured(format.bytes(live))}
        </p>
      </div>
      {asTable ? (
        <PictureTable
          caption={`${words.title}: ${words.layers[layer]}`}
          data={rows}
          format={(value, column) => (column === rows.columns.length - 1 ? format.bytes(value) : format.integer(value))}
        />
      ) : (
        <TilePicture
          map={map}
          label={label}
          tensor={tensorName}
          rank={rank}
          touched={touched}
          svg={svg}
          onPoint={(name, pointed) => {
            pointAtTensor(name);
            pointAtRank(pointed);
          }}
          onFollow={follow}
        />
      )}
      <div className={pointed ? `${styles.foot} ${styles.roomy}` : styles.foot}>
        <p className={styles.legend}>
          <span>{words.legendParts}</span>
          <span>{words.legendCopies}</span>
          {layer === 'activations' ? <span>{words.legendLevel}</span> : null}
          <span role="status" data-testid="tiles-moved">
            {moved === null ? '' : moved === 0 ? words.unmoved : words.moved(format.integer(moved), count)}
          </span>
        </p>
        {tensor === null ? (
          <p className={styles.hint}>{words.hint}</p>
        ) : (
          <TileFacts map={map} tensor={tensor} rank={rank} carried={carried} onFollow={follow} />
        )}
      </div>
    </Panel>
  );
}

/** How many tensors lie elsewhere since the last change of the set-up; null before there was one. */
function useMoved(map: TensorMap | null): number | null {
  const before = useRef<TensorMap | null>(null);
  const [moved, setMoved] = useState<number | null>(null);
  useEffect(() => {
    const last = before.current;
    before.current = map;
    if (map === null || last === null || last === map || last.layer !== map.layer) return;
    // After the picture: a hand that is still moving need not wait for words.
    const timer = setTimeout(() => setMoved(movedTensors(last, map)), 60);
    return () => clearTimeout(timer);
  }, [map]);
  return moved;
}
