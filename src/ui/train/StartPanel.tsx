// What training begins with: random weights, or a model that was brought in from a folder or a hub; what was read of it, and what is wrong
// with it. It reads no file itself.

import { FileUp, FolderUp, RotateCcw, X } from 'lucide-react';
import { useText } from '../i18n/useText';
import { importController } from '../labControllerImport';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { chooseModel } from '../readFiles';
import { FailureText } from '../states/FailureText';
import { useImport } from '../stores/importStore';
import { fitsStartingModel, type StartingModel, useSetup } from '../stores/setupStore';
import { HubForm } from './HubForm';
import styles from './StartPanel.module.css';

export function StartPanel() {
  const { t, format } = useText();
  const model = useSetup((state) => state.startingModel);
  const error = useImport((state) => state.error);
  const doubtful = useImport((state) => state.doubtful);
  return (
    <Panel id="start" title={t.imports.title} fillable={false}>
      <div className={styles.list}>
        {model === null ? <p>{t.imports.intro}</p> : <Loaded model={model} />}
        <UnderWay />
        {error === null ? null : (
          <div className={styles.failed} role="alert">
            <h3>{t.imports.failed}</h3>
            <FailureText error={error} details />
          </div>
        )}
        {doubtful === null ? null : (
          <div className={styles.failed} role="alert">
            <Summary model={doubtful} />
            <p>{t.imports.nonFinite(format.integer(doubtful.summary.nonFinite))}</p>
            <Key onClick={() => importController.acceptDoubtful()}>{t.imports.useAnyway}</Key>
          </div>
        )}
        <div className={styles.actions}>
          <Key icon={FolderUp} onClick={() => chooseModel('folder')}>
            {t.imports.folder}
          </Key>
          <Key icon={FileUp} onClick={() => chooseModel('files')}>
            {t.imports.files}
          </Key>
        </div>
        <HubForm />
      </div>
    </Panel>
  );
}

function Loaded({ model }: { readonly model: StartingModel }) {
  const { t } = useText();
  const fits = useSetup((state) => fitsStartingModel(state.config, model));
  return (
    <div className={styles.loaded} data-testid="starting-model">
      <Summary model={model} />
      <p className={fits ? styles.used : styles.unused}>{fits ? t.imports.used : t.imports.unused}</p>
      <div className={styles.actions}>
        {fits ? null : (
          <Key icon={RotateCcw} onClick={() => importController.restore()}>
            {t.imports.restore}
          </Key>
        )}
        <Key icon={X} onClick={() => importController.remove()}>
          {t.imports.remove}
        </Key>
      </div>
    </div>
  );
}

/** What was read: name, class, parameters and their types, tokenizer. */
function Summary({ model: { name, summary } }: { readonly model: StartingModel }) {
  const { t, format } = useText();
  const { architecture, parameterCount, dtypes, bytes, tokenizer } = summary;
  const single = dtypes.length === 1;
  const types = dtypes.map(({ dtype, parameters }) =>
    single ? dtype : t.imports.dtype(dtype, format.integer(parameters)),
  );
  return (
    <ul className={styles.summary} aria-label={t.imports.read}>
      <li>
        <strong>{name}</strong>, {architecture}, {format.bytes(bytes)}
      </li>
      <li>{t.imports.parameters(format.integer(parameterCount), types.join(', '))}</li>
      <li>
        {tokenizer === null
          ? t.imports.noTokenizer
          : t.imports.tokenizer(tokenizer.type, format.integer(tokenizer.vocabularySize), tokenizer.from.join(', '))}
      </li>
    </ul>
  );
}

function UnderWay() {
  const { t, format } = useText();
  const stage = useImport((state) => state.stage);
  const download = useImport((state) => state.download);
  if (stage === null) return null;
  const share = download === null || download.totalBytes === 0 ? undefined : download.bytes / download.totalBytes;
  const words =
    stage === 'listing'
      ? t.imports.listing
      : stage === 'downloading'
        ? t.imports.downloading(
            download?.file ?? '',
            format.integer(download?.index ?? 0),
            format.integer(download?.count ?? 0),
          )
        : t.imports.stages[stage];
  return (
    <div className={styles.underWay} role="status">
      <span>{words}</span>
      <progress max={1} {...(share === undefined ? {} : { value: share })} aria-label={words} />
      {download === null ? null : (
        <span>{t.imports.downloaded(format.bytes(download.bytes), format.bytes(download.totalBytes))}</span>
      )}
      <Key icon={X} onClick={() => importController.cancel()}>
        {t.imports.cancel}
      </Key>
    </div>
  );
}
