// One tokenizer that was trained here: its name, what it compresses, and what can be done with it. Verbs go to labControllerTokenizer.

import { Download, Trash2 } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { KeptTokenizer } from '../../workers/tokenizerProtocol';
import { saveText } from '../downloads';
import { useText } from '../i18n/useText';
import { tokenizerController } from '../labControllerTokenizer';
import { IconButton, Key } from '../parts/Buttons';
import form from '../parts/Form.module.css';
import { FailureText } from '../states/FailureText';
import { useData } from '../stores/dataStore';
import { flash } from '../stores/runStore';
import { useSetup } from '../stores/setupStore';
import { useTokenizers } from '../stores/tokenizerStore';
import styles from './TokenizerPanel.module.css';
import { kindAndSize, tokenizerName } from './tokenizerName';

const MOST_CHARACTERS = 80;

export function TrainedTokenizer({ entry }: { readonly entry: KeptTokenizer }) {
  const { t, format } = useText();
  const words = t.dataView.tokenizer;
  const used = useIsUsed(entry);
  const unkept = useTokenizers((state) => state.unkept[entry.id]);
  const { bytes, tokens, heldOut, unknown, seconds, files, fileCount, madeAt } = entry;
  const name = tokenizerName(entry, words, format);
  const more = fileCount > files.length ? ` ${t.dataView.stored.more(fileCount - files.length)}` : '';
  return (
    <section className={styles.trained} aria-label={name} data-testid="trained-tokenizer">
      <h3>{kindAndSize(entry, words, format)}</h3>
      <p>
        {words.compression(format.fixed(bytes / Math.max(1, tokens), 3))}
        {heldOut === null ? '' : ` ${words.heldOut(format.fixed(heldOut.bytes / heldOut.tokens, 3))}`}{' '}
        {unknown === 0 ? '' : `${words.unknown(format.integer(unknown))} `}
        {words.took(format.duration(seconds * 1_000))}
      </p>
      <p>{words.from(`${files.join(', ')}${more}`, format.moment(madeAt))}</p>
      <NameField entry={entry} />
      <div className={styles.keys}>
        <Key
          title={words.useHint}
          onClick={() => {
            tokenizerController.use(entry);
            flash(words.useHint);
          }}
        >
          {used ? words.used : words.use}
        </Key>
        <IconButton
          icon={Download}
          label={words.save}
          onClick={() => saveText(entry.json, 'tokenizer.json', 'application/json')}
        />
        <IconButton icon={Trash2} label={words.remove(name)} onClick={() => void tokenizerController.remove(entry)} />
      </div>
      {unkept === undefined ? null : (
        <div className={styles.failed} role="alert">
          <p>{words.unkept}</p>
          <FailureText error={unkept} />
        </div>
      )}
    </section>
  );
}

/** Kept as it is left: with Enter or by going elsewhere. Escape leaves it as it was. */
function NameField({ entry }: { readonly entry: KeptTokenizer }) {
  const { t, format } = useText();
  const words = t.dataView.tokenizer;
  const [draft, setDraft] = useState(entry.name ?? '');
  useEffect(() => setDraft(entry.name ?? ''), [entry.name]);
  return (
    <label className={`${form.field} ${styles.naming}`}>
      <span>{words.name}</span>
      <input
        className={form.input}
        value={draft}
        maxLength={MOST_CHARACTERS}
        placeholder={kindAndSize(entry, words, format)}
        autoComplete="off"
        onChange={({ target }) => setDraft(target.value)}
        onKeyDown={({ key, nativeEvent }) => {
          if (nativeEvent.isComposing) return;
          if (key === 'Enter') void tokenizerController.rename(entry, draft);
          else if (key === 'Escape') setDraft(entry.name ?? '');
        }}
        onBlur={() => void tokenizerController.rename(entry, draft)}
      />
    </label>
  );
}

/** The pipeline takes it: the tokenizer.json that is loaded is this one, also after a reload. */
function useIsUsed({ json }: KeptTokenizer): boolean {
  const bytes = useSetup(({ userTokenizer }) => userTokenizer?.bytes ?? null);
  const asked = useData(({ config }) => config.tokenize.tokenizer === 'json');
  const text = useMemo(() => (bytes === null ? null : new TextDecoder().decode(bytes)), [bytes]);
  return asked && text === json;
}
