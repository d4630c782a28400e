// What can be taken away: the model folder, the metrics, the settings.

import { Braces, ChartSpline, Package } from 'lucide-react';
import { useState } from 'react';
import type { ExportOptions } from '../../core/exportOptions';
import { useMetrics } from '../charts/useMetrics';
import { saveConfig, saveMetrics, saveModel } from '../downloads';
import { useText } from '../i18n/useText';
import { Key } from '../parts/Buttons';
import { ExportChoices } from '../parts/ExportChoices';
import { Panel } from '../parts/Panel';
import { metricsLog } from '../stores/metricsLog';
import { useRun } from '../stores/runStore';
import styles from './ExportPanel.module.css';

export function ExportPanel() {
  const { t } = useText();
  const [options, setOptions] = useState<ExportOptions>({ dtype: 'F32' });
  useMetrics();
  const ready = useRun((state) => state.facts !== null && state.failure === null && state.state !== 'preparing');
  const exporting = useRun((state) => state.exporting);
  const hasSteps = metricsLog.length > 0;
  return (
    <Panel id="export" title={t.exports.title} fillable={false}>
      <div className={styles.list}>
        <Key
          icon={Package}
          disabled={!ready || exporting}
          title={ready ? undefined : t.exports.needRun}
          onClick={() => void saveModel(options)}
        >
          {exporting ? t.exports.working : t.exports.model}
        </Key>
        <p>{t.exports.modelHint}</p>
        <ExportChoices options={options} onChange={setOptions} />
        <Key
          icon={ChartSpline}
          disabled={!hasSteps}
          title={hasSteps ? undefined : t.exports.needSteps}
          onClick={saveMetrics}
        >
          {t.exports.metrics}
        </Key>
        <p>{t.exports.metricsHint}</p>
        <Key icon={Braces} onClick={saveConfig}>
          {t.exports.config}
        </Key>
        <p>{t.exports.configHint}</p>
      </div>
    </Panel>
  );
}
