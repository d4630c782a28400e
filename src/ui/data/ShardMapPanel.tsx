// The shard map: which rank reads which document in which step, as the run of the present set-up will, and where one document is read.

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useRef, useState } from 'react';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { FailureText } from '../states/FailureText';
import type { DataResult } from '../stores/dataStore';
import { useSetup } from '../stores/setupStore';
import { documentName } from './documentName';
import styles from './ShardMap.module.css';
import { type MapPlace, ShardMapPicture } from './ShardMapPicture';
import { useDocumentReadings, useReadingRun, useStepReadings } from './useReadings';

const LINES = 12;
/** Sequences drawn at once. */
const MOST_CELLS = 400;
const SHOWN_READINGS = 6;
const SHOWN_DOCUMENTS = 12;

export function ShardMapPanel({ result }: { readonly result: DataResult }) {
  const { t, format, termName } = useText();
  const words = t.dataView.shards;
  const run = useReadingRun();
  const [first, setFirst] = useState(0);
  const [place, setPlace] = useState<MapPlace>({ line: 0, row: 0 });
  const [document, setDocument] = useState<number | null>(null);
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<SVGSVGElement>(null);
  const lines = Math.max(1, Math.min(LINES, Math.floor(MOST_CELLS / run.batchSize)));
  const { steps, error } = useStepReadings(result, first, lines, run);
  const reading = steps.at(place.line)?.at(place.row);
  const readings = useDocumentReadings(result, document, reading?.epoch ?? 0, run);
  const sequenceLength = run.sequenceLength ?? result.summary.index.sequenceLength;
  const name = (of: { readonly file: number; readonly record: number }) =>
    documentName(of, result.files, t.dataView.samples.document, format);
  const table = (): PictureData => ({
    columns: words.columns,
    rows: steps.flatMap((rows) =>
      rows.flatMap(({ step, epoch, rank, microBatch, row, sequence, documents }) =>
        documents.map((span) => [
          ...[step + 1, epoch + 1, rank, microBatch + 1, row, sequence],
          ...[name(span), span.from, span.to],
        ]),
      ),
    ),
  });
  const { train } = result.summary.index.splits;
  const { strategy, asyncService, dp } = useSetup((state) => state.config.parallel);
  const asynchronous = strategy === 'async' && dp > 1;
  return (
    <Panel
      id="dataShards"
      flush
      title={<Term id="shardMap" />}
      tools={
        <PictureTools
          name="shard-map"
          svg={() => svg.current}
          table={table}
          asTable={asTable}
          onTable={setAsTable}
          empty={steps.length === 0}
        />
      }
    >
      <div className={styles.controls}>
        <IconButton
          icon={ChevronLeft}
          label={words.before}
          unavailable={first === 0}
          onClick={() => setFirst(Math.max(0, first - lines))}
        />
        <label>
          {words.firstStep}{' '}
          <input
            type="number"
            min={1}
            value={first + 1}
            onChange={({ target }) => {
              const step = Math.floor(Number(target.value));
              if (step >= 1 && step <= 1e7) setFirst(step - 1);
            }}
          />
        </label>
        <IconButton icon={ChevronRight} label={words.after} onClick={() => setFirst(first + lines)} />
        <span>
          {words.facts(
            format.integer(train.shards.length),
            format.integer(train.tokens),
            format.integer(train.documents),
            format.integer(run.dpSize),
          )}
        </span>
      </div>
      {asynchronous ? (
        <p className={styles.remark}>
          {words.asynchronous} {asyncService === 'rank' ? words.serviceRank : ''}
        </p>
      ) : null}
      {error === null ? null : (
        <div className={styles.foot} role="alert">
          <FailureText error={error} />
        </div>
      )}
      {asTable ? (
        <PictureTable caption={termName('shardMap')} data={table()} format={(value) => format.integer(value)} />
      ) : steps.length === 0 ? null : (
        <ShardMapPicture
          steps={steps}
          first={first}
          sequenceLength={sequenceLength}
          place={place}
          document={document}
          onPlace={setPlace}
          label={words.label}
          svg={svg}
        />
      )}
      {reading === undefined ? null : (
        <div className={styles.foot}>
          <p role="status" data-testid="shard-said">
            {(asynchronous ? words.saidAsynchronous : words.said)(
              format.integer(reading.step + 1),
              format.integer(reading.rank),
              format.integer(reading.row),
              format.integer(reading.sequence),
              format.integer(reading.epoch + 1),
            )}
          </p>
          <div className={styles.documents}>
            {reading.documents.slice(0, SHOWN_DOCUMENTS).map((span) => (
              <button
                key={span.index}
                type="button"
                aria-pressed={span.index === document}
                onClick={() => setDocument(span.index === document ? null : span.index)}
              >
                {words.span(name(span), format.integer(span.from), format.integer(span.to))}
              </button>
            ))}
            {reading.documents.length > SHOWN_DOCUMENTS
              ? words.moreDocuments(format.integer(reading.documents.length - SHOWN_DOCUMENTS))
              : ''}
          </div>
          <p className={styles.quiet} role="status">
            {readings === null
              ? document === null
                ? words.choose
                : ''
              : words.readings(
                  readings
                    .slice(0, SHOWN_READINGS)
                    .map(({ step, rank, row }) =>
                      words.reading(format.integer(step + 1), format.integer(rank), format.integer(row)),
                    )
                    .join('; ') +
                    (readings.length > SHOWN_READINGS
                      ? `; ${words.moreReadings(format.integer(readings.length - SHOWN_READINGS))}`
                      : ''),
                )}
          </p>
        </div>
      )}
    </Panel>
  );
}
