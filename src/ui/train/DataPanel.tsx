// What the model reads: corpus, tokenizer, the person's own text, and what came out of its preparation.
// Files go to the set-up through readFiles; nothing is parsed here.

import { ClipboardPaste, FileText, FileUp, X } from 'lucide-react';
import { useState } from 'react';
import { useText } from '../i18n/useText';
import { IconButton, Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { Readout } from '../parts/Readout';
import { chooseFile, takePastedText } from '../readFiles';
import { useRun } from '../stores/runStore';
import { setUserText, setupStore, useSetup } from '../stores/setupStore';
import styles from './DataPanel.module.css';
import { EncodingChoice } from './EncodingChoice';
import { dataFields } from './fields';
import { SettingField } from './SettingField';

const TEXT_TYPES = '.txt,.md,.csv,.tsv,.json,.jsonl,.html,.xml,.log,text/*';

export function DataPanel() {
  const { t, format } = useText();
  const corpus = useSetup((state) => state.config.data.corpus);
  const tokenizer = useSetup((state) => state.config.data.tokenizer);
  const userText = useSetup((state) => state.userText);
  const userTokenizer = useSetup((state) => state.userTokenizer);
  const data = useRun((state) => state.data);
  return (
    <Panel id="data" title={t.settings.data} fillable={false}>
      {dataFields.map((spec) => (
        <SettingField key={spec.name} spec={spec} />
      ))}
      {tokenizer === 'json' ? (
        <div className={styles.file}>
          <span>
            {userTokenizer === null
              ? t.data.needTokenizer
              : t.data.loaded(userTokenizer.name, format.bytes(userTokenizer.bytes.length))}
          </span>
          <Key onClick={() => chooseFile('.json')}>{t.data.chooseTokenizer}</Key>
        </div>
      ) : null}
      <div className={corpus === 'text' && userText === null ? `${styles.zone} ${styles.wanted}` : styles.zone}>
        {userText === null ? (
          <p>{t.data.drop}</p>
        ) : (
          <p className={styles.file}>
            <FileText size={15} strokeWidth={1.6} aria-hidden />
            <span className={styles.name}>{t.data.loaded(userText.name, format.bytes(userText.bytes.length))}</span>
            <IconButton icon={X} label={t.data.remove} onClick={() => setUserText(null)} />
          </p>
        )}
        <PasteOrPick />
        <p className={styles.private}>{t.data.private}</p>
      </div>
      <EncodingChoice />
      {data === null ? null : (
        <dl className={styles.facts}>
          <Readout term="vocabulary" value={format.integer(data.vocabularySize)} />
          <Readout term="bytesPerToken" value={format.significant(data.bytesPerToken)} />
          <Readout term="trainTokens" value={format.compact(data.trainTokens)} />
          <Readout term="validationTokens" value={format.compact(data.validationTokens)} />
        </dl>
      )}
    </Panel>
  );
}

function PasteOrPick() {
  const { t } = useText();
  const [pasting, setPasting] = useState(false);
  const [text, setText] = useState('');
  if (!pasting) {
    return (
      <div className={styles.actions}>
        <Key icon={FileUp} onClick={() => chooseFile(TEXT_TYPES)}>
          {t.data.choose}
        </Key>
        <Key icon={ClipboardPaste} onClick={() => setPasting(true)}>
          {t.data.paste}
        </Key>
      </div>
    );
  }
  const close = () => {
    setPasting(false);
    setText('');
  };
  return (
    <div className={styles.paste}>
      <textarea
        rows={5}
        value={text}
        aria-label={t.data.paste}
        placeholder={t.data.pasteHint}
        ref={focusOnce}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') close();
        }}
      />
      <div className={styles.actions}>
        <Key
          primary
          disabled={text.trim() === ''}
          onClick={() => {
            takePastedText(text);
            setupStore.setState({ encoding: 'utf-8' });
            close();
          }}
        >
          {t.data.useText}
        </Key>
        <Key onClick={close}>{t.data.cancel}</Key>
      </div>
    </div>
  );
}

/** The person has just asked for this box. */
function focusOnce(element: HTMLTextAreaElement | null): void {
  element?.focus();
}
