// A person plans a cluster: sets it by number, sees at once what it costs, searches, takes a plan over, runs a small one, and shares the link.

import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { fitsEveryWidth, openLab, untilStep } from './lab';

const cluster = 'view=shard&scope=cluster&lang=en&theme=light';

function panel(page: Page, name: string) {
  return page.locator(`[data-panel=${name}]`);
}

function step(page: Page) {
  return page.getByTestId('planner-step');
}

function field(page: Page, key: string) {
  return page.locator(`[data-plan-field="${key}"]`);
}

test('numbers answer at once, refusals say why, and the link brings the plan back', async ({
  page,
  checkAccessibility,
}) => {
  await page.goto(`/#${cluster}`);
  await expect(step(page)).toContainText(/\d s/);
  const before = await step(page).textContent();
  await field(page, 'tp').getByRole('textbox').fill('4');
  await expect(step(page)).not.toHaveText(before ?? '');
  await expect(field(page, 'ranks').getByRole('textbox')).toHaveValue('256');
  await panel(page, 'planModel').getByRole('combobox').selectOption('Llama 3.1 405B');
  await expect(panel(page, 'planStep')).toContainText('too much');
  await expect(panel(page, 'planMemory')).toContainText('Pipeline rank 0 is the fullest');

  await field(page, 'ranks').getByRole('textbox').fill('250');
  await expect(field(page, 'ranks').getByRole('alert')).toContainText('a multiple of pp × tp = 4');
  await field(page, 'ranks').getByRole('textbox').fill('2048');
  await field(page, 'tp').getByRole('textbox').fill('7');
  await expect(page.getByTestId('planner-issue')).toContainText('128 heads do not divide over tp 7');
  await panel(page, 'planSetup').getByRole('button', { name: 'Undo the last change of the plan' }).click();
  await expect(page.getByTestId('planner-issue')).toHaveCount(0);

  await field(page, 'hw.memoryGiB').getByRole('textbox').fill('192');
  await expect(field(page, 'hw.memoryGiB').locator('[title^=Edited]')).toHaveCount(1);
  // Of 192, what the driver holds is taken off.
  await expect(step(page)).toContainText('of 190 GiB');
  const shown = await step(page).textContent();
  await expect(page).toHaveURL(/plan\.hw\.memoryGiB=192/);
  const address = page.url();
  await page.goto('about:blank');
  await page.goto(address);
  await expect(step(page)).toHaveText(shown ?? '');
  await checkAccessibility({ include: '[data-testid=planner]' });
});

test('any config.json becomes a model; a bad one says what is wrong', async ({ page }) => {
  await page.goto(`/#${cluster}`);
  await panel(page, 'planModel').getByText('Your own config.json').click();
  const box = panel(page, 'planModel').getByRole('textbox');
  const take = panel(page, 'planModel').getByRole('button', { name: 'Use it' });
  await box.fill('{"model_type": "llama", ');
  await take.click();
  await expect(panel(page, 'planModel').getByRole('alert')).toContainText('not JSON');
  await box.fill('{"model_type": "llama", "hidden_size": 4096}');
  await take.click();
  await expect(panel(page, 'planModel').getByRole('alert')).toContainText('vocab_size');
  await box.fill(
    JSON.stringify({
      model_type: 'mistral',
      _name_or_path: 'mistralai/Mistral-7B-v0.1',
      vocab_size: 32000,
      hidden_size: 4096,
      num_hidden_layers: 32,
      num_attention_heads: 32,
      num_key_value_heads: 8,
      intermediate_size: 14336,
    }),
  );
  await take.click();
  await expect(panel(page, 'planModel').getByRole('alert')).toHaveCount(0);
  await expect(page.getByTestId('planner-model')).toContainText('7.24 G');
  await expect(page).toHaveURL(/plan\.config=/);
});

test('a search shows its progress, stops, finds, sorts, and its plans are taken over with the reasons', async ({
  page,
  checkAccessibility,
}, info) => {
  await page.goto(`/#${cluster}`);
  const search = panel(page, 'planSearch');
  // Pressed by the page itself as soon as it is there: a search is over in seconds, which a test on a busy machine may miss.
  const stopped = search.evaluate(
    (element) =>
      new Promise<void>((resolve) => {
        const watch = new MutationObserver(() => {
          const stop = [...element.querySelectorAll('button')].find((button) => button.textContent?.trim() === 'Stop');
          if (stop === undefined || element.querySelector('[role=progressbar]') === null) return;
          watch.disconnect();
          stop.click();
          resolve();
        });
        watch.observe(element, { childList: true, subtree: true });
      }),
  );
  await search.getByRole('button', { name: 'Search 512 ranks' }).click();
  await stopped;
  await expect(search.getByRole('button', { name: 'Search 512 ranks' })).toBeVisible();
  await expect(page.getByTestId('planner-results')).toHaveCount(0);

  await search.getByRole('button', { name: 'Search 512 ranks' }).click();
  const table = page.getByTestId('planner-results');
  await expect(table).toBeVisible();
  await expect(page.getByTestId('search-counts')).toContainText(/1\d,\d{3} plans: \d+ predicted/);
  await expect(table.getByRole('columnheader', { name: 'Sort by Step' })).toHaveAttribute('aria-sort', 'ascending');
  await table.getByRole('button', { name: 'Sort by Memory' }).click();
  await expect(table.getByRole('columnheader', { name: 'Sort by Memory' })).toHaveAttribute('aria-sort', 'ascending');

  const best = table.getByRole('row').filter({ hasText: 'best' });
  const name = await best.getByRole('button').getAttribute('aria-label');
  const time = (await best.getByRole('cell').first().textContent()) ?? '';
  await best.getByRole('button').click();
  await expect(table.locator('[data-own]')).toHaveCount(1);
  await expect(step(page)).toContainText(time);
  expect(name).toContain('Take over dp');
  await expect(page).toHaveURL(/plan\.dp=/);
  const reasons = page.getByTestId('planner-neighbours');
  await expect(reasons).toContainText(/out of memory by|slower/);
  await checkAccessibility({ include: '[data-testid=planner]' });
  await fitsEveryWidth(page, info, 'planner');
});

test('a small one of the plan runs on this page, and undo brings the own set-up back', async ({ page }) => {
  await openLab(page, `${cluster}&plan.dp=4&plan.pp=2&plan.tp=1&plan.model=gpt2&plan.globalBatch=64`);
  await expect(page.getByTestId('small-run')).toContainText('4 layers, width 64, 4 heads on dp 2 × pp 2 × tp 1');
  await panel(page, 'planSmall').getByRole('button', { name: 'Run it here' }).click();
  await expect(page).toHaveURL(/parallel\.pp=2/);
  await untilStep(page, 1);
  await page.keyboard.press('Control+z');
  await expect(page).not.toHaveURL(/parallel\.pp=2/);
});
