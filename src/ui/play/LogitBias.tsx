// Biases of single tokens: a token is named by its text or as #number.

import { Plus, X } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useText } from '../i18n/useText';
import { IconButton, Key } from '../parts/Buttons';
import { setPlaySettings, usePlay } from '../stores/playStore';
import styles from './SamplingPanel.module.css';
import { visibleToken } from './tokenText';

const NO_TEXTS: readonly string[] = [];

export function LogitBias() {
  const { t, format, termName } = useText();
  const words = t.play.sampling;
  const texts = usePlay((state) => state.model?.facts.tokenTexts ?? NO_TEXTS);
  const biases = usePlay((state) => state.settings.logitBias);
  const [token, setToken] = useState('');
  const [bias, setBias] = useState('-100');
  const [refused, setRefused] = useState(false);
  const add = () => {
    const id = findToken(token, texts);
    const value = Number(bias);
    setRefused(id === null || !Number.isFinite(value));
    if (id === null || !Number.isFinite(value)) return;
    setPlaySettings({ logitBias: [...biases.filter((known) => known.token !== id), { token: id, bias: value }] });
    setToken('');
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add();
  };
  const name = (id: number) => visibleToken(texts[id] ?? '', id);
  return (
    <form className={styles.bias} onSubmit={submit}>
      <span data-term="playLogitBias">{termName('playLogitBias')}</span>
      <div className={styles.add}>
        <input
          aria-label={words.biasToken}
          placeholder={words.biasToken}
          value={token}
          spellCheck={false}
          onChange={({ target }) => setToken(target.value)}
        />
        <input
          aria-label={words.biasValue}
          type="number"
          step="any"
          value={bias}
          onChange={({ target }) => setBias(target.value)}
        />
        <Key icon={Plus} disabled={token === ''} onClick={add}>
          {words.addBias}
        </Key>
      </div>
      {refused ? (
        <p className={styles.refused} role="alert">
          {words.unknownToken}
        </p>
      ) : null}
      {biases.length === 0 ? null : (
        <ul className={styles.biases} aria-label={words.bias}>
          {biases.map((known) => (
            <li key={known.token}>
              <code>{name(known.token)}</code> {format.significant(known.bias)}
              <IconButton
                icon={X}
                label={words.removeBias(name(known.token))}
                onClick={() => setPlaySettings({ logitBias: biases.filter((other) => other.token !== known.token) })}
              />
            </li>
          ))}
        </ul>
      )}
    </form>
  );
}

/** Null where the vocabulary has it not. */
function findToken(text: string, texts: readonly string[]): number | null {
  const exact = texts.indexOf(text);
  if (exact >= 0 && text !== '') return exact;
  const [, digits] = /^#(\d+)$/.exec(text.trim()) ?? [];
  const id = Number(digits);
  if (digits !== undefined && id < texts.length) return id;
  const written = texts.findIndex((known, index) => visibleToken(known, index) === text);
  return written >= 0 ? written : null;
}
