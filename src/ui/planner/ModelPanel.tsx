// The model to plan for: one that is known by name, or any config.json that is pasted, dropped or picked. What is wrong with one is said here.

import { FileUp } from 'lucide-react';
import { type DragEvent, useId, useState } from 'react';
import { modelPresets } from '../../planner/modelPresets';
import { totalParameters } from '../../planner/transformerShape';
import { useText } from '../i18n/useText';
import { Key } from '../parts/Buttons';
import form from '../parts/Form.module.css';
import { Panel } from '../parts/Panel';
import { FailureText } from '../states/FailureText';
import { choosePlannerModel, takePlannerConfig, usePlanner } from '../stores/plannerStore';
import styles from './PlannerForm.module.css';
import { CUSTOM } from './plannerSettings';

export function ModelPanel() {
  const { t, format } = useText();
  const words = t.planner.model;
  const id = useId();
  const modelId = usePlanner((state) => state.settings.modelId);
  const model = usePlanner((state) => state.settings.plan.model);
  const error = usePlanner((state) => state.configError);
  return (
    <Panel id="planModel" title={words.title} fillable={false}>
      <div className={`${form.field} ${styles.wide}`}>
        <div className={form.label}>
          <label htmlFor={id}>{words.preset}</label>
        </div>
        <select
          id={id}
          className={form.input}
          value={modelId}
          onChange={(event) => choosePlannerModel(event.target.value)}
        >
          {modelId === CUSTOM ? <option value={CUSTOM}>{words.custom(model.name)}</option> : null}
          {modelPresets.map((preset) => (
            <option key={preset.id} value={preset.id}>
              {preset.shape.name}
            </option>
          ))}
        </select>
      </div>
      <dl className={styles.facts} data-testid="planner-model">
        <Fact name={words.parameters} value={format.compact(totalParameters(model))} />
        <Fact name={words.layers} value={format.integer(model.layers)} />
        <Fact name={words.width} value={format.integer(model.width)} />
        <Fact name={words.inner} value={format.integer(model.innerWidth)} />
        <Fact
          name={words.headsName}
          value={words.heads(format.integer(model.heads), format.integer(model.keyValueHeads))}
        />
      </dl>
      <details className={form.more} open={error !== null || undefined}>
        <summary>{words.own}</summary>
        <OwnConfig />
        {error === null ? null : (
          <div className={styles.failed} role="alert">
            <FailureText error={error} />
          </div>
        )}
      </details>
    </Panel>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function OwnConfig() {
  const { t } = useText();
  const words = t.planner.model;
  const [text, setText] = useState('');
  const takeFile = (file: File | undefined): void => {
    file?.text().then(takePlannerConfig, () => undefined);
  };
  const onDrop = (event: DragEvent) => {
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    // A file that is dropped elsewhere on the page is a text to train on.
    event.nativeEvent.stopImmediatePropagation();
    event.stopPropagation();
    takeFile(event.dataTransfer.files[0]);
  };
  return (
    <div className={styles.paste}>
      <textarea
        rows={4}
        spellCheck={false}
        value={text}
        aria-label={words.paste}
        placeholder={words.paste}
        onChange={(event) => setText(event.target.value)}
        onDrop={onDrop}
      />
      <div className={styles.actions}>
        <Key primary disabled={text.trim() === ''} onClick={() => takePlannerConfig(text)}>
          {words.take}
        </Key>
        <Key icon={FileUp} onClick={() => pick(takeFile)}>
          {words.choose}
        </Key>
      </div>
      <p className={styles.note}>{words.private}</p>
    </div>
  );
}

function pick(take: (file: File | undefined) => void): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.json';
  input.addEventListener('change', () => take(input.files?.[0]));
  input.click();
}
