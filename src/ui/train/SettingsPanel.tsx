// The forms of a run: model and training, with the less used settings folded away, and undo.
// Fields come from fields.ts; nothing is validated here.

import { Redo2, Undo2 } from 'lucide-react';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import form from '../parts/Form.module.css';
import { Panel } from '../parts/Panel';
import { redoSetup, undoSetup, useSetup } from '../stores/setupStore';
import { fieldGroups } from './fields';
import { SettingField } from './SettingField';

export function SettingsPanel() {
  const { t, format } = useText();
  const canUndo = useSetup((state) => state.past.length > 0);
  const modelType = useSetup((state) => state.config.model.model_type);
  const canRedo = useSetup((state) => state.future.length > 0);
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
          <legend className={form.legend}>{group.section === 'model' ? t.settings.model : t.settings.training}</legend>
          {group.main.map((spec) => (
            <SettingField key={spec.name} spec={spec} />
          ))}
          <details className={form.more}>
            <summary>{t.settings.more(format.integer(group.more.length))}</summary>
            {group.more.map((spec) => (
              <SettingField key={spec.name} spec={spec} />
            ))}
          </details>
        </fieldset>
      ))}
    </Panel>
  );
}
