// Which Chromium the lab's tools drive, and with which flags: the one answer for the tests and the command line.
// Plain JavaScript (type-checked through JSDoc), since it runs before anything is built. It starts no browser.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const systemNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const applicationPaths = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => {
    const folder = process.env[name];
    return folder === undefined ? [] : [join(folder, 'Google/Chrome/Application/chrome.exe')];
  }),
];

/**
 * What the lab's headless browser does without. Chromium takes the last list that it is given, so this one replaces Playwright's and repeats
 * of it what keeps pages and the network quiet.
 */
const disabledFeatures = [
  // The address bar's suggestions are pages of their own, loaded for every window: as much processor time as the lab's own page takes.
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'AimEnabled',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'LensOverlay',
  'MediaRouter',
  'NetworkTimeServiceQuerying',
  'OptimizationHints',
  'PaintHolding',
  'PreconnectToSearch',
  'TcpPortRandomizationWin',
  'ThirdPartyStoragePartitioning',
];

/** Quiet and offline: no updates, no sync, no first-run pages. */
const quietFlags = [
  `--disable-features=${disabledFeatures.join(',')}`,
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  // A hidden or covered page must train as fast as a visible one.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

const softwareFlags = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** On Linux these reach a real GPU where Vulkan finds one, and Chromium's software adapter where it does not. */
const hardwareFlags =
  process.platform === 'linux'
    ? ['--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface', '--enable-unsafe-webgpu']
    : ['--enable-unsafe-webgpu'];

/**
 * @param {'software' | 'hardware'} adapter what to ask for where LAB_CHROMIUM_ARGS does not say
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {string[]}
 */
export function chromiumFlags(adapter, environment = process.env) {
  const named = environment['LAB_CHROMIUM_ARGS'];
  const gpu = named === undefined ? (adapter === 'software' ? softwareFlags : hardwareFlags) : words(named);
  return [...quietFlags, ...gpu];
}

/**
 * LAB_CHROMIUM, else the system's Chromium or Chrome, else Playwright's own download.
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Promise<string | undefined>} undefined where there is none
 */
export async function findChromium(environment = process.env) {
  const named = environment['LAB_CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw new Error(`LAB_CHROMIUM names ${named}, which is not an executable file`);
  }
  const folders = (environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [
    ...systemNames.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...(process.platform === 'linux' ? [] : applicationPaths),
  ];
  return candidates.find(isExecutable) ?? (await playwrightChromium());
}

export const installAdvice = [
  'No Chromium was found. Any one of these helps:',
  '  - Debian or Ubuntu: sudo apt-get install chromium',
  '  - anywhere: npx playwright install chromium',
  '  - a Chrome or Chromium that you have: LAB_CHROMIUM=/path/to/it',
].join('\n');

/** @returns {Promise<string | undefined>} */
async function playwrightChromium() {
  // Imported late: the search must also run where nothing is installed yet.
  const playwright = await import('playwright').catch(() => undefined);
  const path = playwright?.chromium.executablePath();
  return path !== undefined && isExecutable(path) ? path : undefined;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} text */
function words(text) {
  return text.split(/\s+/).filter((word) => word !== '');
}
