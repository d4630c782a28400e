// `lab plan`: a step on a cluster, predicted; or published runs, predicted beside what they reported. Computed here, without a page.

import type { ClusterPlan, Prediction } from '../../../src/planner/clusterPlan';
import { predictClusterStep } from '../../../src/planner/clusterStep';
import { expectedGoodput, type Goodput } from '../../../src/planner/goodput';
import { predictRun, readPublishedRuns } from '../../../src/planner/published';
import type { LocalCommand, Outcome } from '../command';
import type { Reporter } from '../reporter';
import { UsageError } from '../usage/commandSpec';
import type { ParsedArguments } from '../usage/usage';
import { planBest } from './planBest';
import { planFromArguments, requiredJson, usage } from './planOptions';

const GIB = 2 ** 30;
/** From a failure until training goes on, where nothing else is said. */
const RESTART_SECONDS = 600;
const CHECKPOINT_SECONDS = 60;

export const plan: LocalCommand = async (parsed, reporter) => {
  const published = parsed.texts.get('published');
  if (published !== undefined) {
    if (parsed.positional !== undefined) throw new UsageError('--published takes no CONFIG: its rows have their own');
    return predictPublished(await requiredJson(published), reporter);
  }
  const asked = await planFromArguments(parsed);
  if (parsed.flags.has('best')) return planBest(asked, parsed, reporter);
  const prediction = usage(() => predictClusterStep(asked));
  const goodput = goodputOf(asked, parsed);
  for (const line of [...setting(asked), ...tell(prediction, goodput)]) reporter.result(line);
  return { ok: true, summary: { prediction: { ...prediction, goodput } } };
};

function goodputOf({ mesh }: ClusterPlan, { numbers }: ParsedArguments): Goodput | null {
  const meanHoursBetweenFailures = numbers.get('mtbf-hours');
  if (meanHoursBetweenFailures === undefined) return null;
  return expectedGoodput({
    ranks: mesh.dp * mesh.pp * mesh.tp,
    meanHoursBetweenFailures,
    checkpointSeconds: numbers.get('checkpoint-seconds') ?? CHECKPOINT_SECONDS,
    restartSeconds: RESTART_SECONDS,
    checkpointEverySeconds: null,
  });
}

/** A line a run, as DESIGN.md writes it; ok where three quarters are within 10%, all within 20%, and memory within 15%. */
function predictPublished(input: unknown, reporter: Reporter): Outcome {
  const runs = usage(() => readPublishedRuns(input));
  const [throughputs, memories]: [number[], number[]] = [[], []];
  runs.forEach((run, index) => {
    const { predicted } = usage(() => predictRun(run));
    const { reported, unit } = run;
    throughputs.push(Math.abs(predicted.throughput / reported.throughput - 1));
    if (reported.memoryGiB !== undefined) memories.push(Math.abs(predicted.memoryGiB / reported.memoryGiB - 1));
    reporter.event({ event: 'run', index, predicted, reported, unit });
    const beside = (a: number, b: number | undefined) =>
      b === undefined ? a.toFixed(1) : `${a.toFixed(1)} (reported ${b}, ${signed(a / b - 1)})`;
    const [rate, gib] = [
      beside(predicted.throughput, reported.throughput),
      beside(predicted.memoryGiB, reported.memoryGiB),
    ];
    reporter.result(`${index} ${run.name}: predicted ${rate} ${unit}, ${gib} GiB`);
  });
  const within = (errors: readonly number[], limit: number) => errors.filter((error) => error <= limit).length;
  const counts = {
    runs: runs.length,
    throughputWithin10Percent: within(throughputs, 0.1),
    throughputWithin20Percent: within(throughputs, 0.2),
    memoryRuns: memories.length,
    memoryWithin15Percent: within(memories, 0.15),
  };
  reporter.result(
    `throughput: ${counts.throughputWithin10Percent} of ${runs.length} within 10%, ${counts.throughputWithin20Percent} within 20%; ` +
      `memory: ${counts.memoryWithin15Percent} of ${memories.length} within 15%`,
  );
  const ok =
    counts.throughputWithin10Percent >= 0.75 * runs.length &&
    counts.throughputWithin20Percent === runs.length &&
    counts.memoryWithin15Percent === memories.length;
  return { ok, summary: counts };
}

function setting({ model, hardware, mesh, ...rest }: ClusterPlan): string[] {
  const { zero, schedule, stagesPerRank, globalBatch, microBatchRows, sequenceLength, precision, recomputation } = rest;
  return [
    `${model.name} on ${mesh.dp * mesh.pp * mesh.tp} x ${hardware.name}, predicted`,
    `dp ${mesh.dp}  pp ${mesh.pp}  tp ${mesh.tp}  ZeRO ${zero}  ${schedule}, ${stagesPerRank} stage(s) a rank`,
    `${globalBatch} sequences of ${sequenceLength} tokens, micro-batches of ${microBatchRows}; ${precision}, recompute ${recomputation}`,
  ];
}

function tell(prediction: Prediction, goodput: Goodput | null): string[] {
  const { stepMs, memory, traffic, fits } = prediction;
  const lines = [
    '',
    `step        ${(stepMs / 1e3).toFixed(3)} s, ${prediction.microBatches} micro-batches`,
    `throughput  ${whole(prediction.tokensPerSecond)} tokens/s, ${whole(prediction.tokensPerSecondPerRank)} a rank`,
    `MFU         ${percent(prediction.modelFlopsShare)}; with recomputation ${prediction.hardwareTeraflopsPerRank.toFixed(1)} TFLOP/s a rank`,
    `time        compute ${percent(prediction.computeShare)}, communication ${percent(prediction.communicationShare)}, bubble ${percent(prediction.bubbleShare)}`,
    `memory      ${(prediction.peakBytes / GIB).toFixed(1)} GiB on the fullest rank, which ${fits ? 'fits' : 'does not fit'}`,
  ];
  if (goodput !== null)
    lines.push(
      `goodput     ${percent(goodput.share)}: a failure every ${(goodput.secondsBetweenFailures / 3600).toFixed(1)} h, a checkpoint every ${whole(goodput.checkpointEverySeconds)} s`,
    );
  lines.push('', 'GiB by pipeline rank');
  lines.push('rank  parameters  gradients  optimizer  activations  buffers    peak   at');
  for (const { pipelineRank, rows, peakBytes, peakMs } of memory) {
    const cells = rows.map(({ kind, bytes }) => (bytes / GIB).toFixed(1).padStart(Math.max(kind.length, 7)));
    const peak = (peakBytes / GIB).toFixed(1).padStart(6);
    lines.push(`${String(pipelineRank).padEnd(4)}  ${cells.join('  ')}  ${peak}   ${(peakMs / 1e3).toFixed(3)} s`);
  }
  lines.push('', 'collectives of a step, of the rank that sends most');
  for (const { collective, axis, what, calls, bytesOut, milliseconds, exposedMilliseconds } of traffic)
    lines.push(
      `${collective.padEnd(13)} ${axis.padEnd(5)} ${what.padEnd(24)} ${String(calls).padStart(6)} calls  ${(bytesOut / 1e9).toFixed(3).padStart(10)} GB  ` +
        `${milliseconds.toFixed(1).padStart(9)} ms, ${exposedMilliseconds.toFixed(1)} ms exposed`,
    );
  return lines;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

function signed(share: number): string {
  return `${share < 0 ? '' : '+'}${percent(share)}`;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
