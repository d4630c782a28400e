// Starts the page: reads its address, draws it, and opens the lab, or hands it to the command line.

import { createRoot } from 'react-dom/client';
import { App } from './App';
import { followAppearance } from './appearance';
import { installAutomation, isAutomated } from './automation';
import { commandLine } from './commandLine';
import { listenToFocus } from './focusKeeper';
import { listenToKeys } from './keyboard';
import { labController } from './labController';
import { storedController } from './labControllerStored';
import { followAddress } from './link';
import '@fontsource/b612/latin-400.css';
import '@fontsource/b612/latin-700.css';
import './styles/theme.css';
import { setupStore } from './stores/setupStore';
import { fetchViewsAhead } from './views';
import { startWatching } from './watchers';

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');

const automated = isAutomated(location.search);
followAddress();
followAppearance();
if (automated) {
  installAutomation(commandLine);
} else {
  createRoot(root).render(<App />);
  listenToKeys();
  listenToFocus();
  startWatching();
  labController.prepareQuietly();
  fetchViewsAhead();
  // A run on shards needs those of before; the Data view brings them back by itself.
  if (setupStore.getState().config.data.corpus === 'shards') void storedController.restore();
}
