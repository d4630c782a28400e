// Files that the person drops, picks or pastes: told apart by name and size, read into memory, given to the set-up.
// Contents are judged by the data worker, never here, and go nowhere else.

import { currentTexts } from './i18n/useText';
import { addNotice } from './stores/runStore';
import { setConfig, setUserText, setupStore } from './stores/setupStore';

/** Beyond this a text would crowd out the page's own memory. */
const MAX_BYTES = 512 * 1024 * 1024;

export async function takeFiles(files: readonly File[]): Promise<void> {
  const [file] = files;
  if (file === undefined) return;
  const { t, format } = currentTexts();
  if (files.length > 1) addNotice({ code: 'data.invalid', message: t.data.oneFile });
  if (file.size > MAX_BYTES) {
    addNotice({
      code: 'data.invalid',
      message: t.data.tooLarge(format.bytes(file.size), format.bytes(MAX_BYTES)),
      advice: t.data.tooLargeAdvice,
    });
    return;
  }
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    if (file.name.endsWith('tokenizer.json')) takeTokenizer(file.name, bytes);
    else setUserText({ name: file.name, bytes });
  } catch (thrown) {
    addNotice({
      code: 'data.invalid',
      message: file.name,
      why: thrown instanceof Error ? thrown.message : String(thrown),
    });
  }
}

export function takePastedText(text: string): void {
  const { t } = currentTexts();
  setUserText({ name: t.data.pastedName, bytes: new TextEncoder().encode(text) });
}

function takeTokenizer(name: string, bytes: Uint8Array): void {
  setupStore.setState({ userTokenizer: { name, bytes } });
  const { config } = setupStore.getState();
  if (config.data.tokenizer !== 'json') setConfig({ ...config, data: { ...config.data, tokenizer: 'json' } });
}

/** Opens the system's file dialogue. */
export function chooseFile(accept: string): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = accept;
  input.addEventListener('change', () => void takeFiles([...(input.files ?? [])]));
  input.click();
}
