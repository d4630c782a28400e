// The page's buttons: an icon with a spoken name, and a small key with a word. Looks only; the caller says what happens.

import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import styles from './Buttons.module.css';

interface IconButtonProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly onClick: () => void;
  readonly disabled?: boolean;
  /** Does nothing now, and stays where the tab key finds it: for what its own press has used up. */
  readonly unavailable?: boolean;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
}

export function IconButton({
  icon: Icon,
  label,
  onClick,
  disabled,
  unavailable = false,
  pressed,
  expanded,
}: IconButtonProps) {
  return (
    <button
      type="button"
      className={styles.icon}
      aria-label={label}
      title={label}
      disabled={disabled}
      aria-disabled={unavailable || undefined}
      aria-pressed={pressed}
      aria-expanded={expanded}
      onClick={unavailable ? undefined : onClick}
    >
      <Icon size={15} strokeWidth={1.6} aria-hidden />
    </button>
  );
}

interface KeyProps {
  readonly children: ReactNode;
  readonly onClick: () => void;
  readonly icon?: LucideIcon;
  readonly disabled?: boolean;
  readonly title?: string | undefined;
  readonly primary?: boolean;
  readonly wide?: boolean;
}

/** A word key. `title` says why it is disabled, or more about it. */
export function Key({ children, onClick, icon: Icon, disabled, title, primary, wide }: KeyProps) {
  const look = [styles.key, primary ? styles.primary : '', wide ? styles.wide : ''].join(' ');
  return (
    <button type="button" className={look} disabled={disabled} title={title} onClick={onClick}>
      {Icon ? <Icon size={15} strokeWidth={1.6} aria-hidden /> : null}
      {children}
    </button>
  );
}
