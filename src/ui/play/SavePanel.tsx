// The model that is played with, as a folder to take away.

import { Package } from 'lucide-react';
import { useState } from 'react';
import type { ExportOptions } from '../../core/exportOptions';
import { saveFolder } from '../downloads';
import { useText } from '../i18n/useText';
import { playController } from '../labControllerPlay';
import { Key } from '../parts/Buttons';
import { ExportChoices } from '../parts/ExportChoices';
import { Panel } from '../parts/Panel';
import { usePlay } from '../stores/playStore';
import styles from './SavePanel.module.css';

export function SavePanel() {
  const { t } = useText();
  const words = t.play.save;
  const [options, setOptions] = useState<ExportOptions>({ dtype: 'F32' });
  const model = usePlay((state) => state.model);
  const idle = usePlay((state) => state.state === 'idle');
  const compressed = model?.origin.kind === 'compressed';
  const save = async () => {
    const files = await playController.exportFolder(options);
    if (files !== null) await saveFolder(files, 'shardlab-model');
  };
  return (
    <Panel id="playExport" title={words.title} fillable={false}>
      <div className={styles.list}>
        {compressed ? null : <ExportChoices options={options} onChange={setOptions} />}
        <Key icon={Package} disabled={model === null || !idle} onClick={() => void save()}>
          {words.model}
        </Key>
        <p>{compressed ? words.compressed : words.hint}</p>
      </div>
    </Panel>
  );
}
