// Downloads from a model hub: off until the person turns it on for one hub, then a model by name. Folded while nobody wants it.

import { CloudDownload, Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useText } from '../i18n/useText';
import { importController } from '../labControllerImport';
import { Key } from '../parts/Buttons';
import { importStore, useImport } from '../stores/importStore';
import { flash } from '../stores/runStore';
import styles from './Imports.module.css';

const PUBLIC_HUB = 'https://huggingface.co';

export function HubForm() {
  const { t } = useText();
  const words = t.imports.hub;
  const hub = useImport((state) => state.hub);
  const busy = useImport((state) => state.stage !== null);
  const [base, setBase] = useState(PUBLIC_HUB);
  const [model, setModel] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (importStore.getState().hub === null) importController.turnOnHub(base);
    else if (model.trim() !== '') void importController.download(model);
  };
  return (
    <details className={styles.hub}>
      <summary>{words.title}</summary>
      <form onSubmit={submit}>
        <p>{hub === null ? words.off : words.on(hub.origins.join(', '))}</p>
        {hub === null ? (
          <label>
            {words.base}
            <input type="url" value={base} onChange={({ target }) => setBase(target.value)} spellCheck={false} />
          </label>
        ) : (
          <label>
            {words.repository}
            <input
              value={model}
              placeholder={words.repositoryHint}
              onChange={({ target }) => setModel(target.value)}
              spellCheck={false}
            />
          </label>
        )}
        <div className={styles.actions}>
          {hub === null ? (
            <Key onClick={() => importController.turnOnHub(base)}>{words.turnOn}</Key>
          ) : (
            <>
              <Key
                icon={CloudDownload}
                disabled={busy || model.trim() === ''}
                onClick={() => void importController.download(model)}
              >
                {words.download}
              </Key>
              <Key onClick={() => importController.turnOffHub()}>{words.turnOff}</Key>
            </>
          )}
        </div>
        {hub === null ? null : (
          <>
            <p>{words.kept}</p>
            <div className={styles.actions}>
              <Key
                icon={Trash2}
                disabled={busy}
                onClick={() => void importController.forgetDownloads().then((done) => done && flash(words.forgotten))}
              >
                {words.forget}
              </Key>
            </div>
          </>
        )}
      </form>
    </details>
  );
}
