// What a scene came to: each measure of the model beside its baselines, the facts of the run, and held-out examples.

import type { SceneResult, SceneScore } from '../../core/sceneRecords';
import { adapterName } from '../header/AdapterChip';
import { type Texts, useText } from '../i18n/useText';
import { ScrollArea } from '../parts/ScrollArea';
import table from '../parts/Table.module.css';
import styles from './ScenesPanel.module.css';
import { ThresholdPicture } from './ThresholdPicture';

export function SceneOutcome({ result }: { readonly result: SceneResult }) {
  const texts = useText();
  const { t, format } = texts;
  const { data, stages, adapter } = result;
  return (
    <div className={styles.outcome} data-testid="scene-result">
      <p role="status" className={result.beaten ? styles.beaten : styles.missed}>
        {result.beaten ? t.scenes.wasBeaten : t.scenes.wasNotBeaten}
      </p>
      <ScrollArea className={table.scroll} label={t.scenes.scores}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col" className={table.textual}>
                {t.scenes.measure}
              </th>
              <th scope="col">{t.scenes.model}</th>
              <th scope="col" className={table.textual}>
                {t.scenes.beside}
              </th>
            </tr>
          </thead>
          <tbody>
            {result.scores.map((score) => (
              <tr key={score.metric}>
                <th scope="row" className={table.textual}>
                  {t.scenes.metrics[score.metric]} ({t.scenes.better[score.better]})
                </th>
                <td>{scoreText(score.metric, score.model, texts)}</td>
                <td className={table.textual}>{besideText(score, texts)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {result.classified === undefined ? null : <ThresholdPicture judged={result.classified.judged} />}
      <p className={styles.facts}>
        {t.scenes.data(
          data.source,
          t.scenes.units[data.unit](format.integer(data.training)),
          t.scenes.units[data.unit](format.integer(data.heldOut)),
        )}{' '}
        {stages
          .map(({ parameterCount, steps, trainSeconds }) =>
            t.scenes.trained(
              format.integer(parameterCount),
              format.integer(steps),
              format.duration(1000 * trainSeconds),
            ),
          )
          .join(' ')}{' '}
        {t.scenes.took(t.scenes.sizes[result.size], format.duration(1000 * result.seconds), adapterName(adapter))}
        {adapter.software ? ` ${t.scenes.software}` : ''}
      </p>
      <h3>{t.scenes.examples}</h3>
      <ul className={styles.examples}>
        {result.examples.map(({ given, expected, model, baseline }) => (
          <li key={given}>
            <dl>
              <dt>{t.scenes.given}</dt>
              <dd>{given}</dd>
              <dt>{t.scenes.model}</dt>
              <dd className={styles.answer}>{model}</dd>
              {expected === null ? null : (
                <>
                  <dt>{t.scenes.expected}</dt>
                  <dd>{expected}</dd>
                </>
              )}
              {baseline === null ? null : (
                <>
                  <dt>{t.scenes.baselines[baseline.baseline]}</dt>
                  <dd>{baseline.text}</dd>
                </>
              )}
            </dl>
          </li>
        ))}
      </ul>
    </div>
  );
}

function besideText({ metric, baselines }: SceneScore, texts: Texts): string {
  const { t } = texts;
  return baselines
    .map(({ baseline, value, named }) => {
      const words = `${t.scenes.baselines[baseline]} ${scoreText(metric, value, texts)}`;
      return named ? words : t.scenes.forComparison(words);
    })
    .join('; ');
}

function scoreText(metric: SceneScore['metric'], value: number, { format }: Texts): string {
  switch (metric) {
    case 'loss':
    case 'target-loss':
      return format.fixed(value, 3);
    case 'perplexity':
    case 'chrf':
      return format.fixed(value, 1);
    case 'accuracy':
    case 'f1':
    case 'roc-area':
    case 'retrieval':
    case 'span-f1':
      return format.percent(value, 1);
  }
}
