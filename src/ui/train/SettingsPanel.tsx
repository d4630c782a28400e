// The forms of a run: model and training, with the less used settings folded away, and undo.
// Fields come from fields.ts; nothing is validated here.

import { Redo2, Undo2 } from 'lucide-react';
import { trainedCount } from '../../model/shapes/adapterShapes';
import { parameterCount } from '../../model/shapes/modelShapes';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import form from '../parts/Form.module.css';
import { Panel } from '../parts/Panel';
import { useVocabularySize } from '../shard/useMeshSettings';
import { redoSetup, type SectionName, undoSetup, useSetup } from '../stores/setupStore';
import { fieldGroups } from './fields';
import { SettingField } from './SettingField';

export function SettingsPanel() {
  const { t, format } = useText();
  const canUndo = useSetup((state) => state.past.length > 0);
  const modelType = useSetup((state) => state.config.model.model_type);
  const canRedo = useSetup((state) => state.future.length > 0);
  const legends: Readonly<Partial<Record<SectionName, string>>> = {
    model: t.settings.model,
    train: t.settings.training,
    lora: t.settings.adapters,
  };
  const tools = (
    <>
      <IconButton icon={Undo2} label={t.settings.undo} disabled={!canUndo} onClick={undoSetup} />
      <IconButton icon={Redo2} label={t.settings.redo} disabled={!canRedo} onClick={redoSetup} />
    </>
  );
  return (
    <Panel id="settings" title={t.settings.title} tools={tools} fillable={false}>
      {fieldGroups(modelType).map((group) => (
        <fieldset key={group.section} className={form.group}>
          <legend className={form.legend}>{legends[group.section]}</legend>
          {group.main.map((spec) => (
            <SettingField key={spec.name} spec={spec} />
          ))}
          {group.more.length === 0 ? null : (
            <details className={form.more}>
              <summary>{t.settings.more(format.integer(group.more.length))}</summary>
              {group.more.map((spec) => (
                <SettingField key={spec.name} spec={spec} />
              ))}
            </details>
          )}
          {group.section === 'lora' ? <AdapterSize /> : null}
        </fieldset>
      ))}
    </Panel>
  );
}

/** How little is trained where adapters are. */
function AdapterSize() {
  const { t, format } = useText();
  const { model: given, lora } = useSetup((state) => state.config);
  const vocabulary = useVocabularySize();
  if (lora.r === 0) return null;
  const model = { ...given, vocab_size: vocabulary };
  return (
    <p className={form.adjusted}>
      {t.settings.adaptersTrain(format.integer(trainedCount(model, lora)), format.integer(parameterCount(model)))}
    </p>
  );
}
