// The ready-made runs, each with its purpose and how long it takes on this adapter.

import { type PresetId, presets } from '../../core/presets';
import { type Texts, useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { measuredStepMs } from '../presetTimes';
import { type RunStoreState, useRun } from '../stores/runStore';
import { loadPreset, presetConfig, sameConfig, useSetup } from '../stores/setupStore';
import styles from './PresetsPanel.module.css';

export function PresetsPanel() {
  const texts = useText();
  const { t } = texts;
  const chosen = useSetup((state) => state.presetId);
  const changed = useSetup((state) => !sameConfig(state.config, presetConfig(state.presetId)));
  const adapter = useRun((state) => state.adapter);
  const estimates = useRun((state) => state.presetEstimates);
  return (
    <Panel id="presets" title={t.presets.title} fillable={false}>
      <ul className={styles.list}>
        {presets.map(({ id }) => {
          const current = id === chosen;
          return (
            <li key={id}>
              <button
                type="button"
                className={styles.preset}
                aria-pressed={current}
                data-preset={id}
                onClick={() => loadPreset(id)}
              >
                <span className={styles.title}>{t.presets.items[id].title}</span>
                <span className={styles.purpose}>{t.presets.items[id].purpose}</span>
                <span className={styles.time}>
                  {current && changed ? t.presets.custom : timeText(id, adapter, estimates, texts)}
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function timeText(
  id: PresetId,
  adapter: RunStoreState['adapter'],
  estimates: RunStoreState['presetEstimates'],
  { t, format }: Texts,
): string {
  const { steps } = presetConfig(id).train;
  const estimate = estimates[id];
  if (estimate?.refusal) return t.presets.refused;
  const measured = measuredStepMs(id, adapter);
  if (measured !== null) return t.presets.measured(format.duration(measured * steps));
  if (id === 'your-text') return t.presets.needsText;
  return estimate === undefined
    ? t.presets.unknownTime
    : t.presets.predicted(format.duration(estimate.predictedStepMs * steps));
}
