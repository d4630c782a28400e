// What is expected of a step's communication is what ranks then send: every line of the ledger and every pair of ranks, to the byte.

import { expect, test } from 'vitest';
import type { LedgerRow, PeerTraffic } from '../core/meshRecords';
import type { ParallelConfig } from '../core/runConfig';
import { sentSince } from '../parallel/transport/endpoint';
import { ledgerSince } from '../parallel/transport/ledger';
import { testDevice } from '../testing/testDevice';
import { TinyMesh } from '../testing/tinyMesh';
import { tinyModel, tinyTrain } from '../testing/tinyRun';
import { rankTraffic } from './actionTraffic';
import { shownActions } from './shownPlan';

const lab = testDevice('adapter');

const meshes: readonly (readonly [name: string, microBatches: number, parallel: Partial<ParallelConfig>])[] = [
  ['dp 3', 1, { dp: 3 }],
  ['dp 2, zero 1', 2, { dp: 2, zero: 1 }],
  ['dp 3, zero 2', 2, { dp: 3, zero: 2 }],
  ['dp 2, zero 3', 2, { dp: 2, zero: 3 }],
  ['pp 2, 1f1b', 4, { pp: 2 }],
  ['pp 2, zbv', 4, { pp: 2, schedule: 'zbv', stagesPerRank: 2 }],
  ['tp 2', 1, { tp: 2 }],
  ['dp 2, tp 2, zero 3', 1, { dp: 2, tp: 2, zero: 3 }],
  ['dp 2, pp 2, tp 2, zero 1', 2, { dp: 2, pp: 2, tp: 2, zero: 1 }],
  ['dp 2, int8', 1, { dp: 2, compression: 'int8' }],
  ['dp 3, top-k', 1, { dp: 3, compression: 'top-k' }],
  ['dp 2, pp 2, power-sgd', 2, { dp: 2, pp: 2, compression: 'power-sgd' }],
  ['dp 2, tp 2, local steps that meet', 1, { dp: 2, tp: 2, strategy: 'local-sgd' }],
];

function counted(rows: readonly LedgerRow[]): string[] {
  return rows.map(({ milliseconds: _, ...row }) => JSON.stringify(row, Object.keys(row).sort())).sort();
}

function pairs(rows: readonly PeerTraffic[]): string[] {
  return rows
    .filter(({ bytes }) => bytes > 0)
    .map(({ from, to, bytes }) => `${from} to ${to}: ${bytes}`)
    .sort();
}

test.each(meshes)('%s', async (_, microBatches, parallel) => {
  const run = { model: { ...tinyModel, n_layer: 4 }, train: { ...tinyTrain, batchSize: 6, microBatches } };
  const mesh = await TinyMesh.build(lab.gpu, lab.cache, 'blocked', run, { bucketKib: 1, ...parallel });
  try {
    const local = parallel.strategy === 'local-sgd';
    await mesh.run(local ? 'local' : 'train', 0);
    const before = mesh.ranks.map(({ links }) => ({ ledger: links.ledger.rows(), sent: links.endpoint.sent }));
    await mesh.run(local ? 'local' : 'train', 1);
    if (local) await mesh.run('meet', 1);
    mesh.ranks.forEach(({ links, plan }, rank) => {
      const expected = rankTraffic(plan, shownActions(plan));
      expect(counted(expected.ledger)).toEqual(counted(ledgerSince(links.ledger.rows(), before[rank].ledger)));
      expect(pairs(expected.sent)).toEqual(pairs(sentSince(links.endpoint.sent, before[rank].sent)));
      expect(expected.sent.length).toBeGreaterThan(0);
    });
  } finally {
    mesh.destroy();
  }
});
