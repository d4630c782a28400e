// What the pipeline reads: files and folders of the person, texts that came with the lab, synthetic tasks. It opens none of them.

import { FileUp, FolderUp, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { toLabErrorData } from '../../core/errors';
import { taskNames } from '../../core/runConfig';
import type { PipelineFile } from '../../workers/protocol';
import { useText } from '../i18n/useText';
import { type DataPreset, dataController } from '../labControllerData';
import { installCommand, installedTexts, type PackagedText, packagedTexts } from '../packagedTexts';
import { IconButton, Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { ScrollArea } from '../parts/ScrollArea';
import { chooseData } from '../readFiles';
import { isAbsent, isBusy, useData } from '../stores/dataStore';
import { addNotice } from '../stores/runStore';
import styles from './SourcePanel.module.css';

const SHOWN_FILES = 300;
const tasks = taskNames.map((name) => `task-${name}` as const);

export function SourcePanel() {
  const { t, format } = useText();
  const words = t.dataView.source;
  const files = useData((state) => state.files);
  const busy = useData(isBusy);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return (
    <Panel id="dataSource" title={words.title} fillable={false}>
      <div className={files.length === 0 ? `${styles.zone} ${styles.wanted}` : styles.zone}>
        {files.length === 0 ? <p>{words.drop}</p> : null}
        <div className={styles.actions}>
          <Key icon={FileUp} disabled={busy} onClick={() => chooseData('files')}>
            {words.files}
          </Key>
          <Key icon={FolderUp} disabled={busy} onClick={() => chooseData('folder')}>
            {words.folder}
          </Key>
        </div>
        <PresetChoice disabled={busy} />
        <p className={styles.private}>{words.private}</p>
      </div>
      {files.length === 0 ? null : (
        <ScrollArea className={styles.files} label={words.chosen}>
          <ul>
            {files.slice(0, SHOWN_FILES).map((file) => (
              <FileRow key={file.name} file={file} disabled={busy} />
            ))}
          </ul>
        </ScrollArea>
      )}
      <div className={files.length === 0 ? undefined : styles.sum}>
        <p role="status">
          {files.length > SHOWN_FILES ? `${words.more(format.integer(files.length - SHOWN_FILES))} ` : ''}
          {files.length === 0 ? '' : words.sum(files.length, format.bytes(bytes))}
        </p>
        {files.length === 0 ? null : (
          <Key disabled={busy} onClick={() => dataController.clear()}>
            {words.clear}
          </Key>
        )}
      </div>
    </Panel>
  );
}

function FileRow({ file, disabled }: { readonly file: PipelineFile; readonly disabled: boolean }) {
  const { t, format } = useText();
  const words = t.dataView.source;
  return (
    <li>
      <span className={styles.name}>{file.name}</span>
      <span className={styles.size}>
        {'task' in file.content || 'corpus' in file.content ? words.generated : format.bytes(file.size)}
      </span>
      <IconButton
        icon={X}
        label={words.remove(file.name)}
        disabled={disabled}
        onClick={() => dataController.remove(file)}
      />
      {isAbsent(file) ? <span className={styles.filtered}>{words.absentFile}</span> : null}
      {file.filteredOnly === true ? <span className={styles.filtered}>{words.filteredOnly}</span> : null}
    </li>
  );
}

function PresetChoice({ disabled }: { readonly disabled: boolean }) {
  const { t, format } = useText();
  const words = t.dataView.source;
  const [installed, setInstalled] = useState<readonly PackagedText[]>(packagedTexts);
  useEffect(() => void installedTexts().then(setInstalled), []);
  const presets: readonly DataPreset[] = ['primer', ...installed, ...tasks];
  const absent = packagedTexts.filter((text) => !installed.includes(text));
  const [reading, setReading] = useState(false);
  const choose = async (preset: DataPreset) => {
    if (reading) return;
    setReading(true);
    try {
      await dataController.addPreset(preset);
    } catch (thrown) {
      addNotice(toLabErrorData(thrown));
    } finally {
      setReading(false);
    }
  };
  const name = (preset: DataPreset): string => {
    const choices: Readonly<Record<string, string>> = t.settings.choices;
    const packaged: Readonly<Record<string, string>> = words.presets;
    return packaged[preset] ?? choices[preset] ?? preset;
  };
  return (
    <>
      <select
        className={styles.presets}
        aria-label={words.preset}
        value=""
        disabled={disabled}
        aria-busy={reading}
        onChange={(event) => {
          const preset = presets.find((known) => known === event.target.value);
          if (preset !== undefined) void choose(preset);
        }}
      >
        <option value="">{words.preset}</option>
        {presets.map((preset) => (
          <option key={preset} value={preset}>
            {name(preset)}
          </option>
        ))}
      </select>
      {absent.length === 0 ? null : (
        <details className={styles.absent}>
          <summary>{words.absent(format.integer(absent.length))}</summary>
          <ul>
            {absent.map((text) => (
              <li key={text}>
                {words.install(name(text), format.integer(installCommand(text).megabytes))}
                <code>{installCommand(text).command}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
