// What can be taken away: the model folder, the metrics, the settings.

import { Braces, ChartSpline, Package } from 'lucide-react';
import { useState } from 'react';
import { type FloatDtype, floatDtypes } from '../../core/exportOptions';
import { useMetrics } from '../charts/useMetrics';
import { saveConfig, saveMetrics, saveModel } from '../downloads';
import { useText } from '../i18n/useText';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { metricsLog } from '../stores/metricsLog';
import { useRun } from '../stores/runStore';
import styles from './ExportPanel.module.css';

/** Tensors of one file: small enough to see shards with the lab's own models, and what hubs take. */
const SHARD_BYTES = [2 ** 20, 2 ** 24, 2 ** 28, 2 ** 31];

export function ExportPanel() {
  const { t, format } = useText();
  const [dtype, setDtype] = useState<FloatDtype>('F32');
  const [maxShardBytes, setMaxShardBytes] = useState<number | null>(null);
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
          onClick={() => void saveModel({ dtype, ...(maxShardBytes === null ? {} : { maxShardBytes }) })}
        >
          {exporting ? t.exports.working : t.exports.model}
        </Key>
        <p>{t.exports.modelHint}</p>
        <div className={styles.choices}>
          <label>
            {t.exports.dtype}
            <select
              value={dtype}
              onChange={(event) => setDtype(floatDtypes.find((known) => known === event.target.value) ?? 'F32')}
            >
              {floatDtypes.map((known) => (
                <option key={known}>{known}</option>
              ))}
            </select>
          </label>
          <label>
            {t.exports.shardSize}
            <select
              value={String(maxShardBytes ?? '')}
              onChange={({ target }) => setMaxShardBytes(target.value === '' ? null : Number(target.value))}
            >
              <option value="">{t.exports.oneFile}</option>
              {SHARD_BYTES.map((bytes) => (
                <option key={bytes} value={bytes}>
                  {t.exports.upTo(format.bytes(bytes))}
                </option>
              ))}
            </select>
          </label>
        </div>
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
