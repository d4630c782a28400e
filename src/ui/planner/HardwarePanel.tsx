// The device and its links: a profile, and every number of it with its source, to be edited.

import { useId } from 'react';
import { hardwareProfiles } from '../../planner/profiles';
import { useText } from '../i18n/useText';
import { Key } from '../parts/Buttons';
import form from '../parts/Form.module.css';
import { Panel } from '../parts/Panel';
import { choosePlannerHardware, usePlanner } from '../stores/plannerStore';
import { type HardwareField, hardwareFields, reachFields } from './hardwareFields';
import { PlanFieldRow } from './PlanFieldRow';
import styles from './PlannerForm.module.css';
import { type PlannerSettings, withHardware } from './plannerSettings';

export function HardwarePanel() {
  const { t } = useText();
  const words = t.planner.hardware;
  const id = useId();
  const settings = usePlanner((state) => state.settings);
  const thisDevice = usePlanner((state) => state.thisDevice);
  const { hardwareId, plan } = settings;
  const profile = [...hardwareProfiles, ...(thisDevice === null ? [] : [thisDevice])].find(
    (known) => known.id === hardwareId,
  );
  const original = profile === undefined ? null : withHardware(settings, profile);
  const isEdited =
    original !== null && allFields(settings).some((field) => field.get(settings) !== field.get(original));
  return (
    <Panel id="planHardware" title={words.title} fillable={false}>
      <div className={`${form.field} ${styles.wide}`}>
        <div className={form.label}>
          <label htmlFor={id}>{words.device}</label>
        </div>
        <select
          id={id}
          className={form.input}
          value={hardwareId}
          onChange={(event) => choosePlannerHardware(event.target.value)}
        >
          {hardwareProfiles.map((known) => (
            <option key={known.id} value={known.id}>
              {known.name}
            </option>
          ))}
          {thisDevice === null ? null : <option value={thisDevice.id}>{words.thisDevice}</option>}
        </select>
      </div>
      <Fields fields={hardwareFields(plan.hardware)} settings={settings} original={original} />
      <details className={form.more}>
        <summary>{words.reach}</summary>
        <Fields fields={reachFields(plan.hardware)} settings={settings} original={original} />
      </details>
      <details className={form.more}>
        <summary>{words.sources}</summary>
        <Sources />
      </details>
      {isEdited ? <Key onClick={() => choosePlannerHardware(hardwareId)}>{words.reset}</Key> : null}
    </Panel>
  );
}

function allFields({ plan }: PlannerSettings): readonly HardwareField[] {
  return [...hardwareFields(plan.hardware), ...reachFields(plan.hardware)];
}

interface FieldsProps {
  readonly fields: readonly HardwareField[];
  readonly settings: PlannerSettings;
  readonly original: PlannerSettings | null;
}

function Fields({ fields, settings, original }: FieldsProps) {
  const { t } = useText();
  const words = t.planner.hardware;
  const units: Readonly<Record<string, string>> = {
    'hw.f32': words.units.teraflops,
    'hw.bf16': words.units.teraflops,
    'hw.fp8': words.units.teraflops,
    'hw.memoryGiB': words.units.gibibytes,
    'hw.memoryRate': words.units.rate,
    'hw.nodeRate': words.units.rate,
    'hw.clusterRate': words.units.rate,
    'hw.nodeLatency': words.units.latency,
    'hw.clusterLatency': words.units.latency,
  };
  const { sources } = settings.plan.hardware;
  return fields.map((field) => {
    const before = original === null ? null : field.get(original);
    const changed = before !== null && before !== field.get(settings);
    const unit = units[field.key];
    return (
      <PlanFieldRow
        key={field.key}
        field={field}
        {...(unit === undefined ? {} : { unit })}
        edited={changed ? words.editedSource(String(before), sources[field.source] ?? '–') : null}
      />
    );
  });
}

function Sources() {
  const { t, termName } = useText();
  const words = t.planner.hardware;
  const settings = usePlanner((state) => state.settings);
  const fields = allFields(settings);
  const { sources } = settings.plan.hardware;
  return (
    <ul className={styles.sources}>
      {Object.entries(sources).map(([name, source]) => (
        <li key={name}>
          <b>
            {name === 'efficiency'
              ? words.reach
              : fields
                  .filter((field) => field.source === name)
                  .map(({ term }) => termName(term))
                  .join(', ')}
          </b>
          <br />
          {source}
        </li>
      ))}
    </ul>
  );
}
