// Exchanges on links that can be worked out by hand.

import { expect, test } from 'vitest';
import { collectiveMs, groupPlace, messageMs, ringBytesOut } from './collectiveTime';
import type { HardwareProfile, LinkLevel } from './hardware';
import { hardwareProfiles } from './profiles';

const level = { latencyUs: 0, sharedGigabytesPerSecond: null };
const node: LinkLevel = { ...level, level: 'node', devices: 8, gigabytesPerSecond: 100 };
const cluster: LinkLevel = { ...level, level: 'cluster', devices: null, gigabytesPerSecond: 10 };
const hardware: HardwareProfile = {
  ...hardwareProfiles[0],
  links: [node, cluster],
  efficiency: { ...hardwareProfiles[0].efficiency, nodeLink: 1, clusterLink: 1 },
};
const GB = 1e9;

test('a ring sends (n - 1) / n of the tensor from each rank; a sum twice that', () => {
  expect(ringBytesOut('allGather', 8, 8)).toBe(7);
  expect(ringBytesOut('allReduce', 8, 8)).toBe(14);
  expect(collectiveMs(hardware, { size: 8, stride: 1 }, 'allGather', GB)).toBeCloseTo(1000 * (7 / 8 / 100), 9);
  expect(collectiveMs(hardware, { size: 1, stride: 1 }, 'allReduce', GB)).toBe(0);
});

test('over nodes: 8 neighbours send at once over their 8 ports; one alone has one port', () => {
  const whole = collectiveMs(hardware, { size: 16, stride: 1 }, 'reduceScatter', GB);
  expect(whole).toBeCloseTo(1000 * (15 / 16 / 80), 9);
  const strided = collectiveMs(hardware, { size: 2, stride: 8 }, 'reduceScatter', GB);
  expect(strided).toBeCloseTo(1000 * (1 / 2 / 10), 9);
});

test('groups that share a port get their part of it', () => {
  const shared = { ...hardware, links: [node, { ...cluster, sharedGigabytesPerSecond: 10 }] };
  expect(collectiveMs(shared, { size: 16, stride: 1 }, 'reduceScatter', GB)).toBeCloseTo(1000 * (15 / 16 / 10), 9);
  expect(collectiveMs(shared, { size: 2, stride: 8 }, 'reduceScatter', GB)).toBeCloseTo(1000 * (1 / 2 / (10 / 8)), 9);
  expect(messageMs(shared, { size: 2, stride: 8 }, GB)).toBeCloseTo(1000 / (10 / 8), 9);
});

test('latency: every hop of a ring; few bytes go over a tree', () => {
  const slow = {
    ...hardware,
    links: [
      { ...node, latencyUs: 1000 },
      { ...cluster, latencyUs: 10_000 },
    ],
  };
  expect(collectiveMs(slow, { size: 16, stride: 1 }, 'allGather', 0)).toBeCloseTo(7 + 10, 9);
  expect(collectiveMs(slow, { size: 8 * 64, stride: 1 }, 'allReduce', 0)).toBeCloseTo(2 * (3 + 60), 9);
});

test('tp is innermost, then dp, then pp', () => {
  const mesh = { dp: 4, pp: 2, tp: 8 };
  expect(groupPlace(mesh, 'tp', 1)).toEqual({ size: 8, stride: 1 });
  expect(groupPlace(mesh, 'dp', 1)).toEqual({ size: 4, stride: 8 });
  expect(groupPlace(mesh, 'pp', 1)).toEqual({ size: 2, stride: 32 });
  expect(groupPlace(mesh, 'cp', 2)).toEqual({ size: 2, stride: 8 });
});
