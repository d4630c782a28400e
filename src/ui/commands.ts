// Everything the page can do by name: the palette, the shortcut list and the keyboard all read this one list.
// A command says whether it can run now; it holds no state of its own.

import { presetIds } from '../core/presets';
import { sceneNames } from '../core/sceneRecords';
import { saveConfig, saveMetrics, saveModel } from './downloads';
import type { Texts } from './i18n/useText';
import { currentTexts } from './i18n/useText';
import { labController } from './labController';
import { askRun } from './labControllerSamples';
import { currentAddress } from './link';
import { notProvable } from './mesh/notProvable';
import { chooseFile } from './readFiles';
import { meshStore } from './stores/meshStore';
import { metricsLog } from './stores/metricsLog';
import { isRacing } from './stores/raceStore';
import { flash, runStore } from './stores/runStore';
import { chooseScene } from './stores/sceneStore';
import { loadPreset, redoSetup, setupStore, undoSetup } from './stores/setupStore';
import { nextLanguage, nextTheme, viewStore } from './stores/viewStore';

export type CommandGroup = 'run' | 'page' | 'export' | 'presets' | 'scenes';

export interface Command {
  readonly id: string;
  readonly group: CommandGroup;
  title(texts: Texts): string;
  /** As `KeyboardEvent.key`, with modifiers: `Ctrl+k`, `Alt+m`. The first is the one shown. */
  readonly keys: readonly string[];
  /** Also works while typing. */
  readonly whileTyping?: boolean;
  enabled(): boolean;
  run(): void;
}

const always = () => true;
const hasRun = () => runStore.getState().facts !== null && runStore.getState().failure === null;
const hasMesh = () => hasRun() && meshStore.getState().facts !== null;
const canStep = () => ['ready', 'paused'].includes(runStore.getState().state);
const canToggle = () => !isRacing() && (canStep() || ['running', 'preparing'].includes(runStore.getState().state));
const canReset = () => !['empty', 'preparing'].includes(runStore.getState().state);

export const commands: readonly Command[] = [
  {
    id: 'toggle',
    group: 'run',
    title: ({ t }) => t.commands.toggle,
    keys: [' '],
    enabled: canToggle,
    run: () => void labController.toggle(),
  },
  {
    id: 'step',
    group: 'run',
    title: ({ t }) => t.commands.step,
    keys: ['.'],
    enabled: canStep,
    run: () => void labController.stepOnce(),
  },
  {
    id: 'reset',
    group: 'run',
    title: ({ t }) => t.commands.reset,
    keys: ['r'],
    enabled: canReset,
    run: () => void labController.reset(),
  },
  {
    id: 'profile',
    group: 'run',
    title: ({ t }) => t.commands.profile,
    keys: [],
    enabled: hasRun,
    run: () => void labController.profile(),
  },
  {
    id: 'sample',
    group: 'run',
    title: ({ t }) => t.commands.sample,
    keys: [],
    enabled: hasRun,
    run: () => void askRun(setupStore.getState().config.train.samplePrompt),
  },
  {
    id: 'prove',
    group: 'run',
    title: ({ t }) => t.commands.prove,
    keys: [],
    enabled: () => hasMesh() && notProvable(runStore.getState().facts) === null,
    run: () => void labController.prove(),
  },
  {
    id: 'measureOne',
    group: 'run',
    title: ({ t }) => t.commands.measureOne,
    keys: [],
    enabled: hasMesh,
    run: () => void labController.measureOneWorker(),
  },
  {
    id: 'openFile',
    group: 'run',
    title: ({ t }) => t.commands.openFile,
    keys: ['Ctrl+o'],
    enabled: always,
    run: () => chooseFile('.txt,.md,.csv,.jsonl,.json,text/*'),
  },
  {
    id: 'restart',
    group: 'run',
    title: ({ t }) => t.commands.restart,
    keys: [],
    enabled: always,
    run: () => labController.restart(),
  },
  {
    id: 'undo',
    group: 'page',
    title: ({ t }) => t.commands.undo,
    keys: ['Ctrl+z'],
    enabled: () => setupStore.getState().past.length > 0,
    run: undoSetup,
  },
  {
    id: 'redo',
    group: 'page',
    title: ({ t }) => t.commands.redo,
    keys: ['Ctrl+Shift+z', 'Ctrl+y'],
    enabled: () => setupStore.getState().future.length > 0,
    run: redoSetup,
  },
  {
    id: 'showTrain',
    group: 'page',
    title: ({ t }) => t.commands.showTrain,
    keys: ['1'],
    enabled: always,
    run: () => viewStore.setState({ view: 'train' }),
  },
  {
    id: 'showShard',
    group: 'page',
    title: ({ t }) => t.commands.showShard,
    keys: ['2'],
    enabled: always,
    run: () => viewStore.setState({ view: 'shard' }),
  },
  {
    id: 'showCheck',
    group: 'page',
    title: ({ t }) => t.commands.showCheck,
    keys: ['3'],
    enabled: always,
    run: () => viewStore.setState({ view: 'check' }),
  },
  {
    id: 'showPlay',
    group: 'page',
    title: ({ t }) => t.commands.showPlay,
    keys: ['4'],
    enabled: always,
    run: () => viewStore.setState({ view: 'play' }),
  },
  {
    id: 'showData',
    group: 'page',
    title: ({ t }) => t.commands.showData,
    keys: ['5'],
    enabled: always,
    run: () => viewStore.setState({ view: 'data' }),
  },
  {
    id: 'showInside',
    group: 'page',
    title: ({ t }) => t.commands.showInside,
    keys: ['6'],
    enabled: always,
    run: () => viewStore.setState({ view: 'inside' }),
  },
  {
    id: 'copyLink',
    group: 'page',
    title: ({ t }) => t.commands.copyLink,
    keys: ['l'],
    enabled: always,
    run: () => void copyLink(),
  },
  {
    id: 'theme',
    group: 'page',
    title: ({ t }) => t.commands.theme,
    keys: ['Alt+m'],
    whileTyping: true,
    enabled: always,
    run: nextTheme,
  },
  {
    id: 'language',
    group: 'page',
    title: ({ t }) => t.commands.language,
    keys: ['Alt+l'],
    whileTyping: true,
    enabled: always,
    run: nextLanguage,
  },
  {
    id: 'shortcuts',
    group: 'page',
    title: ({ t }) => t.commands.shortcuts,
    keys: ['?', 'Ctrl+/'],
    enabled: always,
    run: () => viewStore.setState({ layer: 'shortcuts' }),
  },
  {
    id: 'palette',
    group: 'page',
    title: ({ t }) => t.commands.palette,
    keys: ['Ctrl+k'],
    whileTyping: true,
    enabled: always,
    run: () => viewStore.setState({ layer: 'palette' }),
  },
  {
    id: 'exportModel',
    group: 'export',
    title: ({ t }) => t.commands.exportModel,
    keys: [],
    enabled: hasRun,
    run: () => void saveModel({}),
  },
  {
    id: 'exportMetrics',
    group: 'export',
    title: ({ t }) => t.commands.exportMetrics,
    keys: [],
    enabled: () => metricsLog.length > 0,
    run: saveMetrics,
  },
  {
    id: 'exportConfig',
    group: 'export',
    title: ({ t }) => t.commands.exportConfig,
    keys: [],
    enabled: always,
    run: saveConfig,
  },
  ...presetIds.map(
    (id): Command => ({
      id: `preset.${id}`,
      group: 'presets',
      title: ({ t }) => t.commands.preset(t.presets.items[id].title),
      keys: [],
      enabled: always,
      run: () => loadPreset(id),
    }),
  ),
  ...sceneNames.map(
    (name): Command => ({
      id: `scene.${name}`,
      group: 'scenes',
      title: ({ t }) => t.commands.scene(t.scenes.items[name].title),
      keys: [],
      enabled: always,
      run: () => {
        viewStore.setState({ view: 'train' });
        chooseScene(name);
      },
    }),
  ),
];

export async function copyLink(): Promise<void> {
  const { t } = currentTexts();
  try {
    await navigator.clipboard.writeText(currentAddress());
    flash(t.header.linkCopied);
  } catch {
    flash(t.header.linkNotCopied);
  }
}

export async function copyText(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    flash(done);
  } catch {
    flash(currentTexts().t.header.linkNotCopied);
  }
}

/** A key as people read it: `Space`, `Ctrl K`. */
export function keyParts(key: string, texts: Texts): string[] {
  if (key === ' ') return [texts.t.keys.space];
  return key.split('+').map((part) => (part.length === 1 ? part.toUpperCase() : part));
}
