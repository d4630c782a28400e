// The plan: ranks and mesh, what is shared, the batch, how it is computed, and how devices fail. The table of fields says what each takes.

import { Redo2, Undo2 } from 'lucide-react';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import form from '../parts/Form.module.css';
import { Panel } from '../parts/Panel';
import { redoPlanner, undoPlanner, usePlanner } from '../stores/plannerStore';
import { AxisKeys, PlanFieldRow } from './PlanFieldRow';
import styles from './PlannerForm.module.css';
import { fieldGroups, ranksField } from './planFields';

export function SetupPanel() {
  const { t, format } = useText();
  const words = t.planner.plan;
  const canUndo = usePlanner((state) => state.past.length > 0);
  const canRedo = usePlanner((state) => state.future.length > 0);
  const pieces = usePlanner(({ settings }) => settings.plan.mesh.pp * settings.plan.mesh.tp);
  const names: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    recomputation: words.recomputations,
    moments: words.moments,
    precision: words.precisions,
  };
  const tools = (
    <>
      <IconButton icon={Undo2} label={t.planner.undo} disabled={!canUndo} onClick={undoPlanner} />
      <IconButton icon={Redo2} label={t.planner.redo} disabled={!canRedo} onClick={redoPlanner} />
    </>
  );
  return (
    <Panel id="planSetup" title={words.title} tools={tools} fillable={false}>
      {fieldGroups.map(({ name, fields }) => (
        <fieldset key={name} className={form.group}>
          <legend className={form.legend}>{words.groups[name]}</legend>
          {name === 'mesh' ? (
            <>
              <PlanFieldRow field={ranksField} takes={words.ranksTakes(format.integer(pieces))} />
              <div className={styles.steppers}>
                {fields.map((field) => (
                  <AxisKeys key={field.key} field={field} name={field.key} />
                ))}
              </div>
            </>
          ) : (
            fields.map((field) => <PlanFieldRow key={field.key} field={field} names={names[field.key] ?? {}} />)
          )}
        </fieldset>
      ))}
    </Panel>
  );
}
