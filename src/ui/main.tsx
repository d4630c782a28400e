// Starts the page: reads its address, draws it, and opens the lab, or hands it to the command line.

import { createRoot } from 'react-dom/client';
import { App } from './App';
import { followAppearance } from './appearance';
import { installAutomation, isAutomated } from './automation';
import { commandLine } from './commandLine';
import { listenToFocus } from './focusKeeper';
import { fetchLanguagesAhead, followLanguage } from './i18n/followLanguage';
import { listenToKeys } from './keyboard';
import { labController } from './labController';
import { storedController } from './labControllerStored';
import { followAddress } from './link';
import '@fontsource/b612/latin-400.css';
import '@fontsource/b612/latin-700.css';
import './styles/theme.css';
import { NoWords } from './states/NoWords';
import { setupStore } from './stores/setupStore';
import { fetchViewsAhead } from './views';
import { startWatching } from './watchers';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
const page = createRoot(root);

followAddress();
followAppearance();
followLanguage().then(start, sayNothingCame);

function start(): void {
  if (isAutomated(location.search)) {
    installAutomation(commandLine);
    return;
  }
  page.render(<App />);
  listenToKeys();
  listenToFocus();
  startWatching();
  labController.prepareQuietly();
  fetchViewsAhead();
  fetchLanguagesAhead();
  // A run on shards needs those of before; the Data view brings them back by itself.
  if (setupStore.getState().config.data.corpus === 'shards') void storedController.restore();
}

/** There are no words of any language but these. */
function sayNothingCame(error: unknown): void {
  console.error(error);
  page.render(<NoWords />);
}
