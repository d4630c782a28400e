// The logit lens: what the model would say after each layer at each place, the output on top. Cells are tinted by probability.

import { type KeyboardEvent, useMemo, useRef, useState } from 'react';
import type { Inspection } from '../../core/insideRecords';
import { lensRow } from '../../core/inspectionRows';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { insideStore, pointAtToken, useInside } from '../stores/insideStore';
import { lensSvg } from './drawLens';
import { lensTable, meanNorms } from './insideTables';
import styles from './LensPanel.module.css';
import { movedBy, shownToken, tint } from './shownToken';

export function LensPanel() {
  const { t, format } = useText();
  const words = t.inside.lens;
  const inspection = useInside((state) => state.inspection);
  const [asTable, setAsTable] = useState(false);
  const holder = useRef<HTMLDivElement>(null);
  const there = inspection !== null && inspection.lens !== null;
  const table = () => (there ? lensTable(inspection, words.columns) : { columns: words.columns, rows: [] });
  const svg = () =>
    there && holder.current !== null
      ? lensSvg(inspection, holder.current, words.title, (layer) =>
          layerName(layer, inspection.layers, words, format.integer),
        )
      : null;
  return (
    <Panel
      id="insideLens"
      title={<Term id="logitLens">{words.title}</Term>}
      tools={<PictureTools name="lens" svg={svg} table={table} asTable={asTable} onTable={setAsTable} empty={!there} />}
    >
      <div ref={holder}>
        {inspection === null ? (
          <p className={styles.empty}>{words.none}</p>
        ) : inspection.lens === null ? (
          <p className={styles.empty}>{words.noHead}</p>
        ) : asTable ? (
          <PictureTable
            caption={words.title}
            data={table()}
            format={(value, column) => (column < 2 ? format.integer(value) : format.significant(value, 4))}
          />
        ) : (
          <LensGrid inspection={inspection} />
        )}
      </div>
    </Panel>
  );
}

function layerName(
  layer: number,
  layers: number,
  words: { readonly embedding: string; readonly output: string; readonly layer: (layer: string) => string },
  integer: (value: number) => string,
): string {
  if (layer === 0) return words.embedding;
  return layer === layers ? words.output : words.layer(integer(layer - 1));
}

function LensGrid({ inspection }: { readonly inspection: Inspection }) {
  const { t, format } = useText();
  const words = t.inside.lens;
  const token = useInside((state) => state.token);
  const lensLayer = useInside((state) => state.lensLayer);
  const { texts, layers, lens } = inspection;
  // Read once a text, not once a move of the pointer.
  const rows = useMemo(() => {
    const norms = meanNorms(inspection);
    return Array.from({ length: inspection.layers + 1 }, (_, at) => {
      const layer = inspection.layers - at;
      const cells = inspection.texts.map((_text, position) => lensRow(inspection, layer, position)?.top[0]);
      return { layer, norm: norms[layer] ?? 0, cells };
    });
  }, [inspection]);
  const name = (layer: number) => layerName(layer, layers, words, format.integer);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const place = movedBy(event.key, token, texts.length - 1, ['ArrowLeft', 'ArrowRight']);
    // The output is on top.
    const layer = event.key.startsWith('Arrow')
      ? movedBy(event.key, lensLayer, layers, ['ArrowDown', 'ArrowUp'])
      : null;
    if (place !== null) pointAtToken(place);
    else if (layer !== null) insideStore.setState({ lensLayer: layer });
    else return;
    event.preventDefault();
  };
  const point = (layer: number, position: number) => {
    pointAtToken(position);
    insideStore.setState({ lensLayer: layer });
  };
  return (
    <>
      <p className={styles.asked}>{lens === null ? null : words.asked[lens.asked]}</p>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys reach the scrolling area within */}
      <div onKeyDown={onKeyDown}>
        <ScrollArea className={styles.scroll} label={words.grid}>
          <table className={styles.grid} data-testid="lens-grid">
            <thead>
              <tr>
                <th scope="col">
                  <Term id="residualStream">{words.norm}</Term>
                </th>
                {texts.map((text, position) => (
                  <th
                    // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place
                    key={position}
                    scope="col"
                    className={position === token ? styles.pointed : undefined}
                    onPointerEnter={() => pointAtToken(position)}
                  >
                    {shownToken(text)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map(({ layer, norm, cells }) => (
                <tr key={layer}>
                  <th scope="row">
                    {name(layer)} <span className={styles.norm}>{format.significant(norm, 3)}</span>
                  </th>
                  {cells.map((best, position) => {
                    const here = position === token;
                    const look = here && layer === lensLayer ? styles.chosen : here ? styles.column : undefined;
                    return (
                      <td
                        // biome-ignore lint/suspicious/noArrayIndexKey: a token is its place
                        key={position}
                        className={look}
                        style={{ background: tint(best?.probability ?? 0) }}
                        title={best === undefined ? '' : format.percent(best.probability, 1)}
                        onPointerEnter={() => point(layer, position)}
                        onPointerDown={() => point(layer, position)}
                      >
                        {shownToken(best?.text ?? '')}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollArea>
      </div>
      <LensDetail inspection={inspection} name={name} />
    </>
  );
}

/** The best tokens at the cell that is pointed at. */
function LensDetail({
  inspection,
  name,
}: {
  readonly inspection: Inspection;
  readonly name: (layer: number) => string;
}) {
  const { t, format } = useText();
  const words = t.inside.lens;
  const position = useInside((state) => state.token) ?? inspection.ids.length - 1;
  const layer = useInside((state) => state.lensLayer);
  const row = lensRow(inspection, layer, position);
  if (row === null) return null;
  const { texts, lens } = inspection;
  const actual = texts[lens?.asked === 'next' ? position + 1 : position];
  return (
    <div className={styles.detail} data-testid="lens-detail">
      <p>
        {words.detail(name(layer), shownToken(texts[position] ?? ''))}{' '}
        {words.entropy(format.significant(row.entropy, 3))}
        {row.actual === null || actual === undefined
          ? null
          : `; ${words.actual(shownToken(actual), format.percent(row.actual.probability, 1), format.integer(row.actual.rank + 1))}`}
      </p>
      <ol className={styles.best}>
        {row.top.map(({ token, text, probability }) => (
          <li key={token}>
            <span className={styles.word}>{shownToken(text)}</span>
            <span className={styles.bar} aria-hidden>
              <span style={{ inlineSize: `${100 * probability}%` }} />
            </span>
            {format.percent(probability, 1)}
          </li>
        ))}
      </ol>
    </div>
  );
}
