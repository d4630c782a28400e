// `npm run boundaries`: checks the import table of .dependency-cruiser.cjs, and that it was checked at all.
// A cruiser that cannot read the sources reports no violation; so every source file must be among what it saw.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './install.mjs';

const folders = ['src', 'bin', 'scripts', 'e2e'];

const program = join(projectRoot, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const run = spawnSync(process.execPath, [program, ...folders, '--output-type', 'json'], {
  cwd: projectRoot,
  encoding: 'utf8',
  maxBuffer: 2 ** 28,
});
if (run.error !== undefined || run.stdout === '')
  fail(`dependency-cruiser did not run: ${run.error?.message ?? run.stderr}`);

/** @type {{ modules: { source: string, dependencies: { resolved: string }[] }[], summary: { violations: { from: string, to: string, rule: { name: string } }[] } }} */
const report = JSON.parse(run.stdout);
const seen = new Set(report.modules.map((module) => module.source));
const unseen = sourceFiles().filter((file) => !seen.has(file));
if (unseen.length > 0) fail(`not looked at: ${unseen.join(', ')}`);

const edges = report.modules.flatMap((module) =>
  module.dependencies.filter(({ resolved }) => module.source.startsWith('src/') && resolved.startsWith('src/')),
);
const sources = [...seen].filter((file) => file.startsWith('src/'));
if (edges.length < sources.length / 2) fail(`only ${edges.length} imports seen in ${sources.length} modules of src/`);

const { violations } = report.summary;
for (const { rule, from, to } of violations) console.error(`${rule.name}: ${from} -> ${to}`);
if (violations.length > 0) fail(`${violations.length} imports against the table in .dependency-cruiser.cjs`);
console.log(
  `boundaries: ${sources.length} modules of src/ with ${edges.length} imports among them, none against the table`,
);

function sourceFiles() {
  const files = folders.flatMap((folder) =>
    readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
  );
  return files.filter((file) => /\.(tsx?|mjs)$/.test(file) && !file.endsWith('.d.ts'));
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(`boundaries: ${message}`);
  process.exit(1);
}
