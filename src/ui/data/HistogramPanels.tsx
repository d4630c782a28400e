// Lengths and languages of the documents that were kept, as bars and as tables.

import { useRef, useState } from 'react';
import type { TermId } from '../i18n/termsEn';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import type { DataResult } from '../stores/dataStore';
import type { HideablePart } from '../stores/viewStore';
import { type Bar, BarPicture } from './BarPicture';
import styles from './HistogramPanels.module.css';
import { languageName } from './languageName';

export function LengthsPanel({ result }: { readonly result: DataResult }) {
  const { t, format } = useText();
  const words = t.dataView.lengths;
  const { upTo, counts } = result.summary.lengths;
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  const bars = counts.slice(Math.max(0, first), last + 1).map((value, i): Bar => {
    const bucket = Math.max(0, first) + i;
    const bound = format.compact(upTo[bucket]);
    const name = bucket === upTo.length - 1 ? words.over(format.compact(upTo[bucket - 1])) : words.upTo(bound);
    return { name, value, shown: format.integer(value) };
  });
  return <Bars id="dataLengths" term="documentLengths" name="document-lengths" bars={bars} words={words} />;
}

export function LanguagesPanel({ result }: { readonly result: DataResult }) {
  const { t, format, language } = useText();
  const words = t.dataView.languages;
  const found = Object.entries(result.summary.languages).sort(([, a], [, b]) => b - a);
  if (found.length === 0) return null;
  const bars = found.map(
    ([code, value]): Bar => ({
      name: languageName(code, language, words),
      value,
      shown: format.integer(value),
    }),
  );
  return <Bars id="dataLanguages" term="documentLanguages" name="languages" bars={bars} words={words} />;
}

interface BarsProps {
  readonly id: HideablePart;
  readonly term: TermId;
  /** Of the files. */
  readonly name: string;
  readonly bars: readonly Bar[];
  readonly words: { readonly caption: string; readonly columns: readonly string[] };
}

function Bars({ id, term, name, bars, words }: BarsProps) {
  const { termName, format } = useText();
  const [asTable, setAsTable] = useState(false);
  const svg = useRef<SVGSVGElement>(null);
  const table = (): PictureData => ({ columns: words.columns, rows: bars.map((bar) => [bar.name, bar.value]) });
  return (
    <Panel
      id={id}
      flush
      title={<Term id={term} />}
      tools={<PictureTools name={name} svg={() => svg.current} table={table} asTable={asTable} onTable={setAsTable} />}
    >
      <p className={styles.caption}>{words.caption}</p>
      {asTable ? (
        <PictureTable caption={termName(term)} data={table()} format={(value) => format.integer(value)} />
      ) : (
        <BarPicture bars={bars} label={termName(term)} svg={svg} />
      )}
    </Panel>
  );
}
