// Files that the person drops, picks or pastes: told apart by name and size, and given to the set-up, or to the import of models.
// Contents are judged by workers, never here, and go nowhere else.

import { toLabErrorData } from '../core/errors';
import { currentTexts } from './i18n/useText';
import { dataController } from './labControllerData';
import { importController } from './labControllerImport';
import { addNotice, flash } from './stores/runStore';
import { setConfig, setUserText, setupStore } from './stores/setupStore';
import { viewStore } from './stores/viewStore';

/** Beyond this a text would crowd out the page's own memory. */
const MAX_BYTES = 512 * 1024 * 1024;

/** What tells a model's files from a text. */
const MODEL_FILE = /^config\.json$|\.(safetensors|safetensors\.index\.json|bin|pt|pth|gguf|h5|ckpt)$/i;

/**
 * In the Data view all files go to the pipeline, but for a tokenizer.json by itself.
 * @param folder the name of the folder that they lie in, where it is known
 * @param paths of each file, with its folders
 */
export async function takeFiles(
  files: readonly File[],
  folder: string | null = null,
  paths: readonly string[] = files.map(({ name }) => name),
): Promise<void> {
  const [file] = files;
  if (file === undefined) return;
  const single = files.length === 1 && file.name.endsWith('tokenizer.json');
  if (viewStore.getState().view === 'data' && !single) {
    dataController.add(files, paths);
    return;
  }
  if (files.some(({ name }) => MODEL_FILE.test(name))) {
    await importController.take(folder ?? file.name, files);
    return;
  }
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
    if (file.name.endsWith('tokenizer.json')) await takeTokenizer(file.name, bytes);
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

/** Judged in a worker that can be killed, before anything else meets its patterns. */
async function takeTokenizer(name: string, bytes: Uint8Array): Promise<void> {
  try {
    await importController.judgeTokenizer(new TextDecoder().decode(bytes));
  } catch (thrown) {
    addNotice(toLabErrorData(thrown));
    return;
  }
  setupStore.setState({ userTokenizer: { name, bytes } });
  const { t, format } = currentTexts();
  flash(t.data.loaded(name, format.bytes(bytes.length)));
  const { config } = setupStore.getState();
  if (config.data.tokenizer !== 'json') setConfig({ ...config, data: { ...config.data, tokenizer: 'json' } });
}

/** Opens the system's file dialogue. */
export function chooseFile(accept: string): void {
  const input = fileInput();
  input.accept = accept;
  input.click();
}

/** The same for all files of a folder, or for several files. */
export function chooseModel(what: 'folder' | 'files'): void {
  const input = fileInput();
  input.multiple = true;
  input.webkitdirectory = what === 'folder';
  input.click();
}

/** Any files, or all files under a folder, for the data pipeline. */
export function chooseData(what: 'folder' | 'files'): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.webkitdirectory = what === 'folder';
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    void takeFiles(
      files,
      null,
      files.map(({ name, webkitRelativePath }) => webkitRelativePath || name),
    );
  });
  input.click();
}

function fileInput(): HTMLInputElement {
  const input = document.createElement('input');
  input.type = 'file';
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    // FOLDER/file: what lies deeper is of no model.
    const paths = files.map(({ webkitRelativePath }) => webkitRelativePath.split('/'));
    const own = files.filter((_, i) => paths[i].length <= 2);
    void takeFiles(own, paths[0]?.length === 2 ? paths[0][0] : null);
  });
  return input;
}
