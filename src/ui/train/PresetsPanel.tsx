// The ready-made runs, each with its purpose and how long it takes on this adapter.

import { type Preset, type PresetId, presets } from '../../core/presets';
import { meshSize } from '../../parallel/mesh';
import { type Texts, useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { measuredStepMs } from '../presetTimes';
import { type RunStoreState, useRun } from '../stores/runStore';
import { loadPreset, presetConfig, sameConfig, useSetup } from '../stores/setupStore';
import styles from './PresetsPanel.module.css';

const singlePresets = presets.filter(({ config }) => meshSize(config.parallel) === 1);
const meshPresets = presets.filter(({ config }) => meshSize(config.parallel) > 1);

export function PresetsPanel() {
  const texts = useText();
  const { t } = texts;
  const chosen = useSetup((state) => state.presetId);
  const changed = useSetup((state) => !sameConfig(state.config, presetConfig(state.presetId)));
  const adapter = useRun((state) => state.adapter);
  const estimates = useRun((state) => state.presetEstimates);
  const item = ({ id }: Preset) => {
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
  };
  return (
    <Panel id="presets" title={t.presets.title} fillable={false}>
      <ul className={styles.list}>{singlePresets.map(item)}</ul>
      <details className={styles.meshes} open={meshSize(presetConfig(chosen).parallel) > 1 || undefined}>
        <summary>{t.presets.meshes}</summary>
        <ul className={styles.list}>{meshPresets.map(item)}</ul>
      </details>
    </Panel>
  );
}

function timeText(
  id: PresetId,
  adapter: RunStoreState['adapter'],
  estimates: RunStoreState['presetEstimates'],
  { t, format }: Texts,
): string {
  const { train, parallel } = presetConfig(id);
  const { steps } = train;
  const estimate = estimates[id];
  if (estimate?.refusal) return t.presets.refused;
  const measured = measuredStepMs(id, adapter);
  if (measured !== null) return t.presets.measured(format.duration(measured * steps));
  if (id === 'your-text') return t.presets.needsText;
  // What one worker would take says nothing about ranks that share its GPU.
  if (meshSize(parallel) > 1) return t.presets.ranks(format.integer(meshSize(parallel)));
  return estimate === undefined
    ? t.presets.unknownTime
    : t.presets.predicted(format.duration(estimate.predictedStepMs * steps));
}
