// `lab plan --best` through the command line's main, with no page to open.

import { expect, test } from 'vitest';
import { main } from '../main';

async function lab(words: readonly string[]) {
  let stdout = '';
  let stderr = '';
  const status = await main(['plan', ...words], {
    root: '/nowhere',
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { status, stdout, stderr };
}

test('Llama 3.1 70B on 512 H100s: a sane plan in under 10 s, with the reasons', async () => {
  // Of this process: other work on the machine is not the search's.
  const started = process.cpuUsage();
  const { status, stdout } = await lab(['llama-3.1-70b', '--hardware', 'h100', '--ranks', '512', '--best', '--json']);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1e6).toBeLessThan(10);
  expect(status).toBe(0);
  const [line] = stdout.trimEnd().split('\n');
  const { ok, best, counts, neighbours } = JSON.parse(line);
  expect(ok).toBe(true);
  const { dp, pp, tp } = best.choice.mesh;
  expect(dp * pp * tp).toBe(512);
  // FSDP, tensor parallelism in the node, at most a short pipeline.
  expect([1, 2, 4, 8]).toContain(tp);
  expect(pp).toBeLessThanOrEqual(4);
  expect(best.choice.zero).toBeGreaterThanOrEqual(1);
  expect(best.modelFlopsShare).toBeGreaterThan(0.35);
  expect(counts.considered).toBeGreaterThan(2_000);
  expect(neighbours.length).toBeGreaterThan(5);
  const kinds = neighbours.map(({ verdict }: { verdict: { kind: string } }) => verdict.kind);
  expect(kinds).toContain('outOfMemory');
  expect(kinds).toContain('slower');
}, 30_000);

test('the reasons are printed; where nothing fits it says by how much', async () => {
  const { stdout } = await lab(['llama-3.1-8b', '--ranks', '16', '--best', '--global-batch', '64']);
  for (const words of ['best        dp', 'why not', 'out of memory by', 'slower (compute', 'no other beats it'])
    expect(stdout).toContain(words);
  const none = await lab(['llama-3.1-405b', '--ranks', '8', '--best', '--global-batch', '8']);
  expect(none.status).toBe(1);
  expect(none.stdout).toContain('No plan fits. The nearest needs');
  const wrong = await lab(['llama-3.1-8b', '--best']);
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('--best needs --ranks N');
}, 30_000);
