// The head of the instrument: name, views, adapter, memory, language, theme, link, keys.

import { Keyboard, Link, Monitor, Moon, Sun } from 'lucide-react';
import { copyLink } from '../commands';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import { languages, nextTheme, useView, viewNames, viewStore } from '../stores/viewStore';
import { AdapterChip } from './AdapterChip';
import { EmulatedBadge } from './EmulatedBadge';
import styles from './Header.module.css';
import { MemoryGauge } from './MemoryGauge';

const themeIcons = { system: Monitor, light: Sun, dark: Moon } as const;
const languageFaces = { en: 'EN', zh: '中文' } as const;

export function Header() {
  const { t, language } = useText();
  const view = useView((state) => state.view);
  const theme = useView((state) => state.theme);
  const full = useView((state) => state.fullPanel !== null);
  const hidden = useView((state) => state.hidden.includes('header'));
  if (hidden) return null;
  return (
    <header className={styles.header} inert={full}>
      <h1 className={styles.name}>
        <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden className={styles.mark}>
          <path d="M2 19 9 5l3.2 6.4L9.4 19z" />
          <path d="m13.4 9.2 2.1-4.2L22 19h-9.2z" className={styles.markSecond} />
        </svg>
        {t.appName}
      </h1>
      <nav className={styles.views} aria-label={t.header.views}>
        {viewNames.map((name) => (
          <button
            key={name}
            type="button"
            aria-current={view === name ? 'page' : undefined}
            onClick={() => viewStore.setState({ view: name })}
          >
            {t.views[name]}
          </button>
        ))}
      </nav>
      <div className={styles.instruments}>
        <AdapterChip />
        <MemoryGauge />
        <EmulatedBadge />
      </div>
      <div className={styles.tools}>
        <fieldset className={styles.languages} aria-label={t.header.language}>
          {languages.map((name) => (
            <button
              key={name}
              type="button"
              lang={name === 'zh' ? 'zh-CN' : 'en'}
              aria-pressed={language === name}
              onClick={() => viewStore.setState({ language: name })}
            >
              {languageFaces[name]}
            </button>
          ))}
        </fieldset>
        <IconButton
          icon={themeIcons[theme]}
          label={`${t.header.theme}: ${t.header.themes[theme]}`}
          onClick={nextTheme}
        />
        <IconButton icon={Link} label={t.header.copyLink} onClick={() => void copyLink()} />
        <IconButton
          icon={Keyboard}
          label={t.header.shortcuts}
          onClick={() => viewStore.setState({ layer: 'shortcuts' })}
        />
      </div>
    </header>
  );
}
