// The classic ways to lay the model over ranks, one line of purpose each. One click, and one undo, away from each other.

import { isStrategyPreset, strategyFits, strategyPreset, strategyPresetIds } from '../../parallel/strategyPresets';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import { setConfig, useSetup } from '../stores/setupStore';
import styles from './StrategiesPanel.module.css';
import { useVocabularySize } from './useMeshSettings';

export function StrategiesPanel() {
  const { t } = useText();
  const words = t.shard.presets;
  const config = useSetup((state) => state.config);
  const vocabulary = useVocabularySize();
  return (
    <Panel id="strategies" title={<Term id="strategyPreset">{words.title}</Term>} fillable={false}>
      <ul className={styles.list}>
        {strategyPresetIds.map((id) => {
          const fits = strategyFits(id, config, vocabulary);
          const { title, purpose } = words.items[id];
          return (
            <li key={id}>
              <button
                type="button"
                className={styles.strategy}
                aria-pressed={isStrategyPreset(id, config, vocabulary)}
                data-strategy={id}
                disabled={!fits}
                onClick={() => setConfig(strategyPreset(id, config, vocabulary))}
              >
                <span className={styles.title}>{title}</span>
                <span className={styles.purpose}>{fits ? purpose : words.noRoom}</span>
              </button>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
