#!/usr/bin/env node
// Frames of the Shard view while the pipeline edge of a 12-layer model on 16 ranks is dragged, in Chromium's own frame timing: a JSON line with
// the median, the 95th percentile and how many came late. Without WebGPU unless --gpu: a software adapter that prepares sixteen ranks beside
// the view would be measured instead of it.

import { join } from 'node:path';
import { chromium } from 'playwright';
import { chromiumFlags, findChromium } from '../scripts/chromium.mjs';
import { projectRoot } from '../scripts/install.mjs';
import { startStaticServer } from '../scripts/staticServer.mjs';

const FRAMES = 300;
const mesh = 'model.n_layer=12&train.batchSize=16&train.microBatches=4&parallel.dp=4&parallel.pp=2&parallel.tp=2';

const gpu = process.argv.includes('--gpu');
const executablePath = await findChromium();
const args = gpu ? chromiumFlags('hardware') : ['--no-sandbox', '--disable-gpu'];
const server = await startStaticServer({ root: join(projectRoot, 'dist'), port: 0 });
const browser = await chromium.launch({ ...(executablePath === undefined ? {} : { executablePath }), args });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 1000 } });
  await page.goto(`${server.origin}/#${mesh}&view=shard&lang=en&theme=light`);
  await page.getByTestId('tiles-summary').filter({ hasText: 'on 16 ranks' }).waitFor();
  const box = await page.getByRole('slider', { name: /Pipeline \(pp\)/ }).boundingBox();
  if (box === null) throw new Error('the edge is not drawn');
  let done = false;
  const measured = page
    .evaluate(
      (count) =>
        new Promise((resolve) => {
          const times = [];
          const frame = (now) => {
            times.push(now);
            if (times.length <= count) requestAnimationFrame(frame);
            else resolve(times.slice(1).map((time, index) => time - times[index]));
          };
          requestAnimationFrame(frame);
        }),
      FRAMES,
    )
    .finally(() => {
      done = true;
    });
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let at = 0; !done; at++) await page.mouse.move(x - 40 + 45 * Math.sin(at / 8), y);
  await page.mouse.up();
  const sorted = (await measured).sort((a, b) => a - b);
  const at = (share) => Number(sorted[Math.floor(share * (sorted.length - 1))].toFixed(2));
  const late = sorted.filter((ms) => ms > 17.5).length;
  console.log(
    JSON.stringify({ bench: 'frames', gpu, frames: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), late }),
  );
} finally {
  await browser.close();
  await server.close();
}
