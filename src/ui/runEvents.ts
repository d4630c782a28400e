// Takes the events of a rank into the stores. Used by labController alone; it calls no worker.

import type { SampleRow } from '../core/records';
import type { RankEvent } from '../workers/protocol';
import { takeReport } from './stores/insideStore';
import { addLedger, addTrace, meshStore } from './stores/meshStore';
import { metricsLog } from './stores/metricsLog';
import { addNotice, newId, runStore, type Sample } from './stores/runStore';

const MAX_SAMPLES = 200;

/** Curves of a stopped run stay until the next run has something to show. */
let clearAtNextStep = false;

export function clearCurvesAtNextStep(): void {
  clearAtNextStep = true;
}

export function applyRankEvent(event: RankEvent): void {
  switch (event.type) {
    case 'state':
      // Whether there is a run at all follows from the controller's own calls, which may know of a failure already.
      if (event.state !== 'empty' && event.state !== 'preparing' && event.state !== 'ready') {
        runStore.setState({ state: event.state });
      }
      return;
    case 'phase':
      runStore.setState({ phase: event.label, phaseProgress: event.progress });
      return;
    case 'facts':
      runStore.setState({ facts: event.facts, memory: event.facts.memory });
      return;
    case 'steps': {
      const last = event.rows.at(-1);
      if (last === undefined) return;
      if (clearAtNextStep) clearCurves();
      metricsLog.append(event.rows);
      runStore.setState({ step: last.step });
      return;
    }
    case 'evaluation':
      // The evaluation of step 0 comes before any step of the new run.
      if (clearAtNextStep) clearCurves();
      metricsLog.addEvaluation(event.row);
      return;
    case 'sample':
      if (clearAtNextStep) clearCurves();
      addSample(event.row, false);
      return;
    case 'memory':
      runStore.setState({ memory: event.rows, liveBuffers: event.liveBuffers });
      return;
    case 'notice':
      addNotice(event.notice);
      return;
    case 'failure':
      runStore.setState({
        failure: event.error,
        state: 'failed',
        ...(event.error.code === 'gpu.lost' ? { device: 'lost' } : {}),
      });
      return;
    case 'mesh':
      meshStore.setState({ facts: event.facts, plan: event.plan });
      return;
    case 'ranks':
      meshStore.setState({ ranks: event.rows });
      return;
    case 'ledger':
      addLedger(event.rows);
      return;
    case 'trace':
      addTrace(event.trace);
      return;
    case 'tensor':
      takeReport(event.report);
      return;
    case 'throughput':
      meshStore.setState({ throughput: event.throughput });
      return;
    case 'heartbeat':
      return;
  }
}

/** A sample grows while it is written: rows of the same step replace each other until one is done. */
export function addSample(row: SampleRow, asked: boolean): void {
  runStore.setState(({ samples }) => {
    const last = samples.at(-1);
    const grows = last !== undefined && !last.done && last.step === row.step && last.asked === asked;
    const sample: Sample = { ...row, asked, id: grows ? last.id : newId() };
    return { samples: [...(grows ? samples.slice(0, -1) : samples), sample].slice(-MAX_SAMPLES) };
  });
}

export function clearCurves(): void {
  clearAtNextStep = false;
  metricsLog.clear();
  runStore.setState({ samples: [], profile: null, step: 0 });
}
