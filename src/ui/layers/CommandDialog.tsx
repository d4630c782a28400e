// The command palette and the shortcut list: one searchable dialogue over the same commands.
// Native dialogue: Esc closes it, focus goes back to where it was.

import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { type Command, type CommandGroup, commands, keyParts } from '../commands';
import { type Texts, useText } from '../i18n/useText';
import { useView, viewStore } from '../stores/viewStore';
import styles from './CommandDialog.module.css';

const groups: readonly CommandGroup[] = ['run', 'page', 'export', 'presets', 'scenes'];

export function CommandDialog() {
  const layer = useView((state) => state.layer);
  return layer === null ? null : <OpenDialog key={layer} palette={layer === 'palette'} />;
}

function OpenDialog({ palette }: { readonly palette: boolean }) {
  const texts = useText();
  const { t } = texts;
  const dialog = useRef<HTMLDialogElement>(null);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  useEffect(() => {
    const element = dialog.current;
    if (element === null) return;
    element.showModal();
    // A click on the dialogue element itself is one on its backdrop: its content covers the rest.
    const onBackdrop = (event: MouseEvent) => {
      if (event.target === element) element.close();
    };
    element.addEventListener('click', onBackdrop);
    return () => element.removeEventListener('click', onBackdrop);
  }, []);
  const close = () => dialog.current?.close();
  const found = commands.filter((command) => (palette || command.keys.length > 0) && matches(command, query, texts));
  const chosen = found[Math.min(active, found.length - 1)];
  const run = (command: Command | undefined) => {
    if (command === undefined || !command.enabled()) return;
    close();
    // After the dialogue has given the focus back, so that a command may move it.
    setTimeout(() => command.run());
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (move !== 0) {
      event.preventDefault();
      setActive((index) => Math.max(0, Math.min(found.length - 1, index + move)));
    } else if (event.key === 'Enter' && palette) {
      event.preventDefault();
      run(chosen);
    }
  };
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={palette ? t.header.palette : t.keys.title}
      onClose={() => viewStore.setState({ layer: null })}
    >
      <div className={styles.inner}>
        {palette ? null : <h2 className={styles.title}>{t.keys.title}</h2>}
        <input
          // Not "search": there Esc would clear the text instead of closing the dialogue.
          type="text"
          className={styles.search}
          aria-label={t.keys.search}
          placeholder={palette ? t.keys.palettePlaceholder : t.keys.search}
          value={query}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          {...(palette ? paletteProps(chosen) : {})}
          onChange={(event) => {
            setQuery(event.target.value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        {found.length === 0 ? <p className={styles.none}>{t.keys.nothing}</p> : null}
        <div
          className={styles.list}
          {...(palette ? { id: 'command-list', role: 'listbox', 'aria-label': t.header.palette } : {})}
        >
          {groups.map((group) => {
            const members = found.filter((command) => command.group === group);
            if (members.length === 0) return null;
            return (
              <div key={group} {...(palette ? { role: 'group', 'aria-label': t.keys.groups[group] } : {})}>
                {palette ? (
                  <div className={styles.group} aria-hidden>
                    {t.keys.groups[group]}
                  </div>
                ) : (
                  <h3 className={styles.group}>{t.keys.groups[group]}</h3>
                )}
                {members.map((command) =>
                  palette ? (
                    <button
                      type="button"
                      key={command.id}
                      id={`command-${command.id}`}
                      role="option"
                      tabIndex={-1}
                      aria-selected={command === chosen}
                      aria-disabled={!command.enabled()}
                      className={styles.item}
                      onPointerMove={() => setActive(found.indexOf(command))}
                      onClick={() => run(command)}
                    >
                      <span>{command.title(texts)}</span>
                      <Keys command={command} all={false} />
                    </button>
                  ) : (
                    <div key={command.id} className={styles.item}>
                      <span>{command.title(texts)}</span>
                      <Keys command={command} all />
                    </div>
                  ),
                )}
              </div>
            );
          })}
          {palette || query !== '' ? null : (
            <div className={styles.item}>
              <span>{t.keys.escape}</span>
              <kbd className={styles.key}>Esc</kbd>
            </div>
          )}
        </div>
        {palette ? null : (
          <button type="button" className={styles.close} onClick={close}>
            {t.keys.close}
          </button>
        )}
      </div>
    </dialog>
  );
}

/** The search field steers the list below it and keeps the focus (ARIA combobox pattern). */
function paletteProps(chosen: Command | undefined) {
  return {
    role: 'combobox',
    'aria-expanded': true,
    'aria-controls': 'command-list',
    'aria-activedescendant': chosen ? `command-${chosen.id}` : undefined,
  };
}

function Keys({ command, all }: { readonly command: Command; readonly all: boolean }) {
  const texts = useText();
  const keys = all ? command.keys : command.keys.slice(0, 1);
  return (
    <span className={styles.keys}>
      {keys.map((key) => (
        <span key={key} className={styles.combination}>
          {keyParts(key, texts).map((part) => (
            <kbd key={part} className={styles.key}>
              {part}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  );
}

function matches(command: Command, query: string, texts: Texts): boolean {
  const title = command.title(texts).toLocaleLowerCase();
  const keys = command.keys.map((key) => keyParts(key, texts).join(' ').toLocaleLowerCase());
  return query
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => title.includes(word) || keys.some((key) => key.includes(word)));
}
