// What the last run left in the browser's own storage: an interrupted one to go on with, begin again or delete; a finished one that came back, and
// which of its shards are broken. Verbs go to labControllerStored.

import { Play, RotateCcw, Trash2 } from 'lucide-react';
import type { StoredRun } from '../../core/storedRun';
import { useText } from '../i18n/useText';
import { dataController } from '../labControllerData';
import { storedController, wantedFiles } from '../labControllerStored';
import { Key } from '../parts/Buttons';
import { isBusy, useData } from '../stores/dataStore';
import styles from './StoredRunNote.module.css';

const SHOWN_FILES = 3;

export function StoredRunNote() {
  const stored = useData((state) => state.stored);
  const busy = useData(isBusy);
  const failed = useData((state) => state.state === 'failed');
  if (stored === null || busy) return null;
  // The failure itself has said what there is to say of a run that got nowhere.
  if (failed && stored.state === 'interrupted' && stored.obstacle === 'nothing was kept') return null;
  return stored.state === 'finished' ? <Returned stored={stored} /> : <Interrupted stored={stored} />;
}

function Interrupted({ stored }: { readonly stored: Extract<StoredRun, { state: 'interrupted' }> }) {
  const { t, format } = useText();
  const words = t.dataView.stored;
  const files = useData((state) => state.files);
  const { manifest, bytes, totalBytes, obstacle } = stored;
  const wanted = wantedFiles(stored, files);
  const elsewhere = obstacle === 'running elsewhere';
  const names = manifest.files.map(({ name }) => name);
  return (
    <section
      className={styles.note}
      aria-label={elsewhere ? words.elsewhere : words.interrupted}
      data-testid="stored-run"
    >
      <h3>{elsewhere ? words.elsewhere : words.interrupted}</h3>
      <p>
        {words.what(listed(names, words.more), format.moment(manifest.startedAt))}{' '}
        {elsewhere
          ? ''
          : words.howFar(
              format.bytes(bytes),
              format.bytes(totalBytes),
              format.percent(bytes / Math.max(1, totalBytes)),
            )}
      </p>
      {obstacle === null ? null : <p>{words.obstacles[obstacle]}</p>}
      {obstacle !== null || wanted.length === 0 ? null : <p>{words.wanted(listed(wanted, words.more))}</p>}
      {elsewhere ? (
        <Key icon={RotateCcw} onClick={() => void dataController.look()}>
          {words.lookAgain}
        </Key>
      ) : (
        <div className={styles.keys}>
          {obstacle === null ? (
            <Key icon={Play} primary disabled={wanted.length > 0} onClick={() => void storedController.goOn()}>
              {words.goOn}
            </Key>
          ) : null}
          <Key icon={RotateCcw} title={words.againHint} onClick={() => void storedController.again()}>
            {words.again}
          </Key>
          <Forget />
        </div>
      )}
    </section>
  );
}

function Returned({ stored }: { readonly stored: Extract<StoredRun, { state: 'finished' }> }) {
  const { t, format } = useText();
  const words = t.dataView.stored;
  const { endedAt, broken, summary } = stored;
  const { train, validation } = summary.index.splits;
  const shards = train.shards.length + validation.shards.length;
  return (
    <section
      className={broken.length === 0 ? styles.note : `${styles.note} ${styles.broken}`}
      aria-label={words.returned}
      data-testid="stored-run"
    >
      <p>
        {words.from(format.moment(endedAt))}{' '}
        {broken.length === 0 ? words.whole(format.integer(shards)) : words.brokenAdvice}
      </p>
      {broken.length === 0 ? null : (
        <div role="alert">
          {broken.map(({ name, why }) => (
            <p key={name}>{words.broken(name, why)}</p>
          ))}
        </div>
      )}
      <div className={styles.keys}>
        {broken.length === 0 ? null : (
          <Key icon={RotateCcw} title={words.againHint} onClick={() => void storedController.again()}>
            {words.again}
          </Key>
        )}
        <Forget />
      </div>
    </section>
  );
}

function Forget() {
  const { t } = useText();
  const words = t.dataView.stored;
  return (
    <Key icon={Trash2} title={words.forgetHint} onClick={() => void dataController.forget()}>
      {words.forget}
    </Key>
  );
}

function listed(names: readonly string[], more: (count: number) => string): string {
  const shown = names.slice(0, SHOWN_FILES).join(', ');
  return names.length > SHOWN_FILES ? `${shown} ${more(names.length - SHOWN_FILES)}` : shown;
}
