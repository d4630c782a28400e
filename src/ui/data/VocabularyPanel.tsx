// How often each token occurs in the training part: the most frequent ones, or the fall of the counts with the rank (Zipf).

import { useRef, useState } from 'react';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import type { PictureData } from '../pictures/csv';
import { PictureTable } from '../pictures/PictureTable';
import { PictureTools } from '../pictures/PictureTools';
import { visibleToken } from '../play/tokenText';
import { Segments } from '../shard/Segments';
import type { DataResult } from '../stores/dataStore';
import { type Bar, BarPicture } from './BarPicture';
import styles from './VocabularyPanel.module.css';

const SHOWN = 25;

export function VocabularyPanel({ result }: { readonly result: DataResult }) {
  const { t, format, termName } = useText();
  const words = t.dataView.vocabulary;
  const [asTable, setAsTable] = useState(false);
  const [kind, setKind] = useState<'tokens' | 'ranks'>('tokens');
  const svg = useRef<SVGSVGElement>(null);
  const { commonTokens, tokenRanks, tokensSeen, index } = result.summary;
  const bars: readonly Bar[] =
    kind === 'tokens'
      ? commonTokens.slice(0, SHOWN).map(({ id, count, text }) => ({
          name: `${visibleToken(text, id)} ${id}`,
          value: count,
          shown: format.integer(count),
        }))
      : tokenRanks.map(({ rank, count }) => ({
          name: words.rank(format.integer(rank)),
          value: count,
          shown: format.integer(count),
        }));
  const table = (): PictureData =>
    kind === 'tokens'
      ? { columns: words.columns, rows: commonTokens.map(({ id, count, text }) => [id, text, count]) }
      : { columns: words.rankColumns, rows: tokenRanks.map(({ rank, count }) => [rank, count]) };
  return (
    <Panel
      id="dataVocabulary"
      flush
      title={<Term id="tokenFrequencies" />}
      tools={
        <PictureTools
          name="vocabulary"
          svg={() => svg.current}
          table={table}
          asTable={asTable}
          onTable={setAsTable}
          empty={bars.length === 0}
        />
      }
    >
      <div className={styles.choice}>
        <Segments
          label={termName('tokenFrequencies')}
          options={[
            { value: 'tokens', face: words.tokens },
            { value: 'ranks', face: words.ranks },
          ]}
          value={kind}
          onChoose={setKind}
        />
        <p>{words.seen(format.integer(tokensSeen), format.integer(index.vocabularySize))}</p>
      </div>
      {asTable ? (
        <PictureTable caption={termName('tokenFrequencies')} data={table()} format={(value) => format.integer(value)} />
      ) : (
        <BarPicture bars={bars} label={termName('tokenFrequencies')} svg={svg} logarithmic={kind === 'ranks'} />
      )}
    </Panel>
  );
}
