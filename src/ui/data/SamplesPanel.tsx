// What the chosen stage did, on samples: before and after with the change highlighted, and why documents were left out.

import type { DocumentRef, StageReport, StageSample } from '../../core/pipelineRecords';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import { Segments } from '../shard/Segments';
import { dataStore, stageReports, useData } from '../stores/dataStore';
import { ContaminatedList } from './ContaminatedList';
import { DiffText } from './DiffText';
import { documentName } from './documentName';
import { flowStages, shownStage } from './flowRows';
import { languageName } from './languageName';
import styles from './SamplesPanel.module.css';

export function SamplesPanel() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.dataView.samples;
  const state = useData((data) => data);
  const config = state.result !== null && state.state === 'done' ? state.result.config : state.config;
  const stages = flowStages(config);
  const stage = shownStage(stages, state.stage);
  const report = stageReports(state).find((known) => known.stage === stage);
  return (
    <Panel id="dataSamples" title={<Term id={`stage.${stage}`}>{words.title(t.dataView.stage[stage])}</Term>}>
      <Segments
        wraps
        label={words.stage}
        options={stages.map((name) => ({ value: name, face: t.dataView.stage[name] }))}
        value={stage}
        onChoose={(chosen) => dataStore.setState({ stage: chosen })}
      />
      {report === undefined ? (
        <p className={styles.hint}>{words.none}</p>
      ) : (
        <>
          <Counts report={report} />
          {!hasDoneNothing(report) && (stage === 'exact-dedup' || stage === 'near-dedup') ? (
            <p className={styles.hint}>{words.seeDuplicates}</p>
          ) : null}
          {stage === 'decontaminate' && state.result !== null ? <ContaminatedList result={state.result} /> : null}
          {hasDoneNothing(report) ? <p className={styles.hint}>{words.unchanged}</p> : null}
          {report.samples.some(isHidden) ? <p className={styles.hint}>{words.withheld}</p> : null}
          {report.samples.every(isHidden) ? null : (
            <ScrollArea className={styles.samples} label={words.samples}>
              {report.samples
                .filter((sample) => !isHidden(sample))
                .map((sample) => (
                  <Sample
                    key={`${sample.document.file} ${sample.document.record}`}
                    sample={sample}
                    name={nameOf(sample.document)}
                  />
                ))}
            </ScrollArea>
          )}
        </>
      )}
    </Panel>
  );

  function nameOf(document: DocumentRef): string {
    return documentName(document, state.files, words.document, format);
  }
}

function Counts({ report }: { readonly report: StageReport }) {
  const { t, format, language } = useText();
  const words = t.dataView.samples;
  const reasons: Readonly<Record<string, string>> = words.reasons;
  const counts: Readonly<Record<string, string>> = words.counts;
  const dropped = Object.entries(report.dropped);
  const counted = Object.entries(report.counts);
  return (
    <dl className={styles.counts}>
      {report.changed === 0 ? null : (
        <div>
          <dt>{words.changed}</dt>
          <dd>{format.integer(report.changed)}</dd>
        </div>
      )}
      {dropped.map(([reason, count]) => (
        <div key={reason} className={styles.dropped}>
          <dt>{words.droppedFor(reasons[reason] ?? reason)}</dt>
          <dd>{format.integer(count)}</dd>
        </div>
      ))}
      {counted.map(([what, count]) => (
        <div key={what}>
          <dt>
            {report.stage === 'language' ? languageName(what, language, t.dataView.languages) : (counts[what] ?? what)}
          </dt>
          <dd>{format.integer(count)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Of a stage that could have. */
function hasDoneNothing({ stage, changed, dropped }: StageReport): boolean {
  return !['tokenize', 'split', 'pack'].includes(stage) && changed === 0 && Object.keys(dropped).length === 0;
}

/** Nothing of it may be shown: there are filters to come. */
function isHidden({ withheld = false, after }: StageSample): boolean {
  return withheld && after === '';
}

function Sample({ sample, name }: { readonly sample: StageSample; readonly name: string }) {
  const { before, after, reason, withheld = false } = sample;
  const { t } = useText();
  const words = t.dataView.samples;
  const reasons: Readonly<Record<string, string>> = words.reasons;
  return (
    <article className={styles.sample}>
      <h3>
        {name}
        {after === null ? (
          <span className={styles.why}>{words.leftOut(reasons[reason ?? ''] ?? reason ?? '')}</span>
        ) : null}
      </h3>
      <div className={after === null || withheld ? styles.single : styles.sides}>
        {withheld ? null : (
          <div>
            <span className={styles.side}>{words.before}</span>
            <DiffText before={before} after={after ?? before} side="before" />
          </div>
        )}
        {after === null ? null : (
          <div>
            <span className={styles.side}>{words.after}</span>
            <DiffText before={withheld ? after : before} after={after} side="after" />
          </div>
        )}
      </div>
    </article>
  );
}
