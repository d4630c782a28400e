// Installs what a command needs and finds missing: the npm packages of the lock file, and a Chromium for the tests.
// Plain JavaScript with Node's own modules only, since it runs first on a fresh clone.

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium, installAdvice } from './chromium.mjs';

export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** Installs the packages of the lock file, unless node_modules already holds exactly those. */
export function ensurePackages() {
  checkNodeVersion();
  const wrong = firstStalePackage();
  if (wrong === undefined) return;
  console.error(`Installing packages (${wrong}) ...`);
  // A lock file made where the registry lacks other platforms' packages is refused by `npm ci`, though all that this
  // platform needs is locked; `npm install` takes it, and --no-save leaves the lock file as it is.
  const clean = npm(['ci'], 'pipe');
  if (clean.status === 0) return;
  const installed = npm(['install', '--no-save'], 'inherit');
  if (installed.status === 0) return;
  console.error('The packages could not be installed; the messages above say why. Is the npm registry reachable?');
  process.exit(1);
}

/**
 * @param {string[]} words
 * @param {'pipe' | 'inherit'} output to stderr where inherited: stdout belongs to the command
 */
function npm(words, output) {
  const sink = output === 'pipe' ? 'pipe' : process.stderr;
  return spawnSync('npm', [...words, '--no-audit', '--no-fund'], {
    cwd: projectRoot,
    stdio: ['ignore', sink, sink],
    shell: process.platform === 'win32',
    env: { ...process.env, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' },
  });
}

/**
 * A Chromium's path; installs Debian's where there is none and this user may.
 * @returns {Promise<string>}
 */
export async function ensureChromium() {
  const found = await findChromium();
  if (found !== undefined) return found;
  if (process.platform === 'linux' && process.getuid?.() === 0) {
    console.error('Installing Chromium with apt-get ...');
    const stdio = /** @type {const} */ (['ignore', 'ignore', 'inherit']);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['update', '-q'], { stdio: [...stdio], env });
    spawnSync('apt-get', ['install', '-qy', '--no-install-recommends', 'chromium'], { stdio: [...stdio], env });
    const installed = await findChromium();
    if (installed !== undefined) return installed;
  }
  console.error(installAdvice);
  process.exit(1);
}

function checkNodeVersion() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
  process.exit(1);
}

/**
 * Compares the lock file with npm's record of what it put into node_modules.
 * @returns {string | undefined} what is missing, or undefined where all is there
 */
function firstStalePackage() {
  const wanted = lockedVersions('package-lock.json');
  const present = lockedVersions('node_modules/.package-lock.json');
  if (wanted === undefined) throw new Error('package-lock.json cannot be read');
  if (present === undefined) return 'none are there yet';
  for (const [path, { version, optional }] of wanted) {
    const here = present.get(path)?.version;
    // Optional packages are those of other platforms.
    if (here !== version && !(optional && here === undefined))
      return `${path.replace(/^.*node_modules\//, '')} ${version}`;
  }
  return undefined;
}

/**
 * @param {string} file
 * @returns {Map<string, { version: string, optional: boolean }> | undefined}
 */
function lockedVersions(file) {
  try {
    const lock = JSON.parse(readFileSync(join(projectRoot, file), 'utf8'));
    const versions = new Map();
    for (const [path, entry] of Object.entries(lock.packages)) {
      const { version, optional, devOptional } = /** @type {Record<string, unknown>} */ (entry);
      if (path !== '') versions.set(path, { version, optional: optional === true || devOptional === true });
    }
    return versions;
  } catch {
    return undefined;
  }
}
