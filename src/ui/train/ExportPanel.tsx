// What can be taken away: the model folder, the metrics, the settings.

import { Braces, ChartSpline, Package } from 'lucide-react';
import { useState } from 'react';
import { type ExportOptions, exportForms } from '../../core/exportOptions';
import { meshSize } from '../../parallel/mesh';
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
  const [chosen, setOptions] = useState<ExportOptions>({ dtype: 'F32' });
  const adapted = useRun((state) => (state.facts?.config.lora.r ?? 0) > 0);
  const overRanks = useRun((state) => state.facts !== null && meshSize(state.facts.config.parallel) > 1);
  const forms = exportForms.filter(
    (form) => form === 'merged' || (form === 'adapter' ? adapted : overRanks && !adapted),
  );
  const form = forms.find((known) => known === chosen.form) ?? 'merged';
  const options: ExportOptions = form === 'shards' ? { form } : { ...chosen, form };
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
        <p>{t.exports.hints[form]}</p>
        <ExportChoices options={options} forms={forms} onChange={setOptions} />
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
