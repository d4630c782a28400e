// A panel of the instrument: title, tools, collapse, fill the window; and a boundary, so that its failure stays its own.
// It knows nothing of what it holds.

import { ChevronDown, ChevronRight, Maximize2, Minimize2 } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { ErrorBoundary } from 'react-error-boundary';
import { useText } from '../i18n/useText';
import { type HideablePart, toggleCollapsed, useView, viewStore } from '../stores/viewStore';
import { IconButton, Key } from './Buttons';
import styles from './Panel.module.css';

interface PanelProps {
  readonly id: HideablePart | 'check';
  readonly title: ReactNode;
  readonly tools?: ReactNode;
  readonly children: ReactNode;
  /** Without inner padding: the content draws to the edge. */
  readonly flush?: boolean;
  readonly fillable?: boolean;
}

export function Panel({ id, title, tools, children, flush, fillable = true }: PanelProps) {
  const { t } = useText();
  const heading = useId();
  const collapsed = useView((state) => state.collapsed.includes(id));
  const fullPanel = useView((state) => state.fullPanel);
  const hidden = useView((state) => state.hidden.some((part) => part === id));
  if (hidden) return null;
  const full = fullPanel === id;
  const open = full || !collapsed;
  return (
    <section
      className={full ? `${styles.panel} ${styles.full}` : styles.panel}
      aria-labelledby={heading}
      data-panel={id}
      inert={fullPanel !== null && !full}
    >
      <header className={styles.head}>
        <button
          type="button"
          className={styles.fold}
          aria-expanded={open}
          aria-label={open ? t.panel.collapse : t.panel.expand}
          aria-describedby={heading}
          disabled={full}
          onClick={() => toggleCollapsed(id)}
        >
          {open ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />}
        </button>
        <h2 id={heading} className={styles.title}>
          {title}
        </h2>
        {open ? <div className={styles.tools}>{tools}</div> : null}
        {fillable && open ? (
          <IconButton
            icon={full ? Minimize2 : Maximize2}
            label={full ? t.panel.exitFullscreen : t.panel.fullscreen}
            onClick={() => viewStore.setState({ fullPanel: full ? null : id })}
          />
        ) : null}
      </header>
      {open ? (
        <div className={flush ? styles.flush : styles.body}>
          <ErrorBoundary
            fallbackRender={({ resetErrorBoundary }) => (
              <p role="alert" className={styles.broken}>
                {t.panel.broken} <Key onClick={resetErrorBoundary}>{t.panel.retry}</Key>
              </p>
            )}
          >
            {children}
          </ErrorBoundary>
        </div>
      ) : null}
    </section>
  );
}
