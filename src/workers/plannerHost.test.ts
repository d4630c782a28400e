import { expect, test } from 'vitest';
import { fakePlan, fakePredictor } from '../testing/fakeCluster';
import { PlannerHost } from './plannerHost';

test('a search tells how far it is and ends in what it found', async () => {
  const { api } = new PlannerHost(fakePredictor());
  const shares: number[] = [];
  const found = await api.search({ base: fakePlan, ranks: 512 }, ({ share }) => shares.push(share));
  expect(found.best).not.toBeNull();
  expect(shares.length).toBeGreaterThan(0);
});

test('a search that is cancelled rejects, and the next one runs', async () => {
  const { api } = new PlannerHost(fakePredictor());
  const search = api.search({ base: fakePlan, ranks: 512 }, () => void api.cancel());
  await expect(search).rejects.toMatchObject({ code: 'run.cancelled' });
  const again = await api.search({ base: fakePlan, ranks: 16 }, () => undefined);
  expect(again.counts.considered).toBeGreaterThan(0);
});

test('neighbours of a plan come with a verdict each; a second search beside the first is refused', async () => {
  const { api } = new PlannerHost(fakePredictor());
  expect((await api.neighbours(fakePlan)).length).toBeGreaterThan(4);
  const first = api.search({ base: fakePlan, ranks: 512 }, () => undefined);
  await expect(api.search({ base: fakePlan, ranks: 8 }, () => undefined)).rejects.toMatchObject({ code: 'internal' });
  await api.cancel();
  await expect(first).rejects.toMatchObject({ code: 'run.cancelled' });
});
