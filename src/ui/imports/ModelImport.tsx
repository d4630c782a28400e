// How a model is brought in, on whatever view asks for one: folder, files or hub; what is read now, what is wrong with it, what waits for a yes.
// The view that is shown gets the model. It reads no file itself.

import { FileUp, FolderUp, X } from 'lucide-react';
import { useText } from '../i18n/useText';
import { importController } from '../labControllerImport';
import { Key } from '../parts/Buttons';
import { chooseModel } from '../readFiles';
import { FailureText } from '../states/FailureText';
import { useImport } from '../stores/importStore';
import { HubForm } from './HubForm';
import styles from './Imports.module.css';
import { ModelSummaryList } from './ModelSummaryList';

interface ModelImportProps {
  /** What the model would not be used for until the person says so: said where its weights are not finite. */
  readonly nonFinite: (count: string) => string;
}

export function ModelImport({ nonFinite }: ModelImportProps) {
  const { t, format } = useText();
  const error = useImport((state) => state.error);
  const doubtful = useImport((state) => state.doubtful);
  return (
    <>
      <UnderWay />
      {error === null ? null : (
        <div className={styles.failed} role="alert">
          <h3>{t.imports.failed}</h3>
          <FailureText error={error} details />
        </div>
      )}
      {doubtful === null ? null : (
        <div className={styles.failed} role="alert">
          <ModelSummaryList model={doubtful} />
          <p>{nonFinite(format.integer(doubtful.summary.nonFinite))}</p>
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
    </>
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
