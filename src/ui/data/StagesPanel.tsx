// The pipeline's stages in their order: which are on, what each is set to, and which tokens come out. The schema judges through dataStore.

import { ArrowDown, ArrowUp } from 'lucide-react';
import { corpusStageNames, defaultPipelineConfig, type StageName } from '../../core/pipelineConfig';
import { useText } from '../i18n/useText';
import { IconButton, Key } from '../parts/Buttons';
import form from '../parts/Form.module.css';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import { type DataSection, dataStore, isBusy, moveStage, toggleStage, useData } from '../stores/dataStore';
import { DataField } from './DataField';
import { dataFieldsOf, sectionOfStage } from './dataFields';
import styles from './StagesPanel.module.css';

export function StagesPanel() {
  const { t, format } = useText();
  const words = t.dataView.stages;
  const stages = useData((state) => state.config.stages);
  const leaveOut = useData((state) => state.config.leaveOut);
  const off = defaultPipelineConfig.stages.filter((name) => !stages.includes(name));
  return (
    <Panel id="dataStages" title={words.title} fillable={false}>
      <Section section="source" name={words.source} />
      <ol className={styles.list}>
        {[...stages, ...off].map((name) => (
          <StageRow key={name} name={name} at={stages.indexOf(name)} on={stages.includes(name)} />
        ))}
      </ol>
      <Section section="split" name={t.dataView.stage.split} />
      <Section section="tokenize" name={t.dataView.stage.tokenize} />
      <Section section="pack" name={t.dataView.stage.pack} />
      <div className={leaveOut.length === 0 ? undefined : styles.byHand}>
        <p role="status">{leaveOut.length === 0 ? '' : words.leftOut(format.integer(leaveOut.length))}</p>
        {leaveOut.length === 0 ? null : (
          <Key onClick={() => dataStore.setState(({ config }) => ({ config: { ...config, leaveOut: [] } }))}>
            {words.takeBack}
          </Key>
        )}
      </div>
    </Panel>
  );
}

function Section({ section, name }: { readonly section: DataSection; readonly name: string }) {
  return (
    <details className={form.more}>
      <summary>{name}</summary>
      {dataFieldsOf(section).map((spec) => (
        <DataField key={spec.path} spec={spec} />
      ))}
    </details>
  );
}

function StageRow({ name, at, on }: { readonly name: StageName; readonly at: number; readonly on: boolean }) {
  const { t } = useText();
  const words = t.dataView.stages;
  const busy = useData(isBusy);
  const count = useData((state) => state.config.stages.length);
  const section = sectionOfStage[name];
  const title = t.dataView.stage[name];
  const fixed = corpusStageNames.some((known) => known === name);
  return (
    <li className={styles.stage} data-stage={name}>
      <div className={styles.head}>
        <input
          type="checkbox"
          checked={on}
          disabled={busy}
          aria-label={words.use(title)}
          onChange={() => toggleStage(name)}
        />
        <Term id={`stage.${name}`}>{title}</Term>
        {!on || fixed ? null : (
          <span className={styles.moves}>
            <IconButton
              icon={ArrowUp}
              label={words.earlier(title)}
              disabled={busy}
              unavailable={at === 0}
              onClick={() => moveStage(name, -1)}
            />
            <IconButton
              icon={ArrowDown}
              label={words.later(title)}
              disabled={busy}
              unavailable={at === count - 1}
              onClick={() => moveStage(name, 1)}
            />
          </span>
        )}
      </div>
      {on && section !== null ? <Section section={section} name={words.settings} /> : null}
    </li>
  );
}
