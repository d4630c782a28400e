// A button that opens a native popover beside itself. Esc and a click outside close it, and focus goes back, natively.
// It places the popover and nothing more.

import { type ReactNode, useId, useRef } from 'react';
import styles from './Popover.module.css';

interface PopoverProps {
  readonly label: string;
  readonly face: ReactNode;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

const MARGIN = 8;

export function Popover({ label, face, className, children }: PopoverProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const layer = useRef<HTMLDivElement>(null);
  const place = () => {
    if (button.current === null || layer.current === null) return;
    const from = button.current.getBoundingClientRect();
    const { offsetWidth } = layer.current;
    const left = Math.min(from.right - offsetWidth, window.innerWidth - offsetWidth - MARGIN);
    layer.current.style.left = `${Math.max(MARGIN, left)}px`;
    layer.current.style.top = `${from.bottom + 4}px`;
    layer.current.style.maxHeight = `${window.innerHeight - from.bottom - 4 - MARGIN}px`;
  };
  return (
    <>
      <button ref={button} type="button" className={className} aria-label={label} title={label} popoverTarget={id}>
        {face}
      </button>
      <div
        ref={layer}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={label}
        className={styles.layer}
        onToggle={(event) => {
          if (event.newState === 'open') place();
        }}
      >
        {children}
      </div>
    </>
  );
}
