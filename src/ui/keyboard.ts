// The page's keys: finds the command of a key press and runs it. Not while typing, unless the command says so.

import { type Command, commands } from './commands';
import { viewStore } from './stores/viewStore';

const PRESSABLE = 'button, summary, a, input';

/** The button that the pointer pressed last and that still has the focus from it. */
let clicked: Element | null = null;

export function listenToKeys(): void {
  window.addEventListener(
    'pointerdown',
    (event) => {
      clicked = event.target instanceof Element ? event.target.closest(PRESSABLE) : null;
    },
    { capture: true },
  );
  window.addEventListener('focusin', (event) => {
    if (event.target !== clicked) clicked = null;
  });
  window.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === 'Escape') {
      closeTopLayer(event);
      return;
    }
    const { layer } = viewStore.getState();
    const command = commandFor(event);
    // A dialogue is open: keys belong to it.
    if (command === undefined || layer !== null || document.querySelector('dialog[open]') !== null) return;
    if (isTyping(event.target) && command.whileTyping !== true) return;
    // Space presses the button that the keyboard has focused; one that was merely clicked before has no claim to it.
    if (event.key === ' ' && isPressable(event.target)) return;
    event.preventDefault();
    if (!event.repeat || command.id === 'step') {
      if (command.enabled()) command.run();
    }
  });
}

function commandFor(event: KeyboardEvent): Command | undefined {
  const modifiers = [event.ctrlKey || event.metaKey ? 'Ctrl+' : '', event.altKey ? 'Alt+' : ''].join('');
  const letter = /^[a-z]$/i.test(event.key);
  const shift = event.shiftKey && letter ? 'Shift+' : '';
  // With Alt, some systems type another character: the key's place says which one was meant.
  const key =
    event.altKey && event.code.startsWith('Key')
      ? event.code.slice(3).toLowerCase()
      : letter
        ? event.key.toLowerCase()
        : event.key;
  return commands.find((command) => command.keys.includes(`${modifiers}${shift}${key}`));
}

function closeTopLayer(event: KeyboardEvent): void {
  // Dialogues and popovers close themselves, topmost first; what is left is a panel that fills the window.
  if (document.querySelector('dialog[open], [popover]:popover-open') !== null) return;
  if (viewStore.getState().fullPanel !== null) {
    event.preventDefault();
    viewStore.setState({ fullPanel: null });
  }
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'range', 'button'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

function isPressable(target: EventTarget | null): boolean {
  const pressable = target instanceof Element ? target.closest(PRESSABLE) : null;
  return pressable !== null && pressable !== clicked;
}
