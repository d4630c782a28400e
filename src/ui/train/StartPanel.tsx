// What training begins with: random weights, or a model that was brought in from a folder or a hub; what was read of it. It reads no file itself.

import { Play, RotateCcw, X } from 'lucide-react';
import { useText } from '../i18n/useText';
import styles from '../imports/Imports.module.css';
import { ModelImport } from '../imports/ModelImport';
import { ModelSummaryList } from '../imports/ModelSummaryList';
import { importController } from '../labControllerImport';
import { playController } from '../labControllerPlay';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { fitsStartingModel, type StartingModel, useSetup } from '../stores/setupStore';
import { viewStore } from '../stores/viewStore';

export function StartPanel() {
  const { t } = useText();
  const model = useSetup((state) => state.startingModel);
  return (
    <Panel id="start" title={t.imports.title} fillable={false}>
      <div className={styles.list}>
        {model === null ? <p>{t.imports.intro}</p> : <Loaded model={model} />}
        <ModelImport nonFinite={t.imports.nonFinite} />
      </div>
    </Panel>
  );
}

function Loaded({ model }: { readonly model: StartingModel }) {
  const { t } = useText();
  const fits = useSetup((state) => fitsStartingModel(state.config, model));
  return (
    <div className={styles.loaded} data-testid="starting-model">
      <ModelSummaryList model={model} />
      <p className={fits ? styles.used : styles.unused}>{fits ? t.imports.used : t.imports.unused}</p>
      <div className={styles.actions}>
        {fits ? null : (
          <Key icon={RotateCcw} onClick={() => importController.restore()}>
            {t.imports.restore}
          </Key>
        )}
        <Key
          icon={Play}
          onClick={() => {
            viewStore.setState({ view: 'play' });
            void playController.open(model);
          }}
        >
          {t.play.playWithIt}
        </Key>
        <Key icon={X} onClick={() => importController.remove()}>
          {t.imports.remove}
        </Key>
      </div>
    </div>
  );
}
