// Hands files to the person: the model folder, metrics, settings, chart tables and pictures.
// It makes files of what it is given; it asks no worker.

import { downloadZip } from 'client-zip';
import type { ExportOptions } from '../core/exportOptions';
import type { NamedFile } from '../core/records';
import { labController } from './labController';
import { csvText, type PictureData } from './pictures/csv';
import { type MetricsLog, metricsLog } from './stores/metricsLog';
import { runStore } from './stores/runStore';
import { setupStore } from './stores/setupStore';

export function saveBlob(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function saveText(text: string, name: string, type: string): void {
  saveBlob(new Blob([text], { type }), name);
}

export async function saveModel(options: ExportOptions): Promise<void> {
  const files = await labController.exportFolder(options);
  if (files !== null) await saveFolder(files, `shardlab-model-step-${runStore.getState().step}`);
}

/** As one archive of this name. */
export async function saveFolder(files: readonly NamedFile[], name: string): Promise<void> {
  const response = downloadZip(files.map((file) => ({ name: file.name, input: new Uint8Array(file.bytes) })));
  saveBlob(await response.blob(), `${name}.zip`);
}

export function saveMetrics(): void {
  saveText(metricsJsonLines(metricsLog), 'shardlab-metrics.jsonl', 'application/jsonl');
}

export function saveConfig(): void {
  const config = runStore.getState().facts?.config ?? setupStore.getState().config;
  saveText(`${JSON.stringify(config, null, 2)}\n`, 'shardlab-run.json', 'application/json');
}

/** Steps and evaluations in the order they happened, one JSON object a line. */
export function metricsJsonLines(log: MetricsLog): string {
  const lines: string[] = [];
  const { step, loss, gradientNorm, learningRate, tokens, elapsedMs, nonFinite } = log.columns;
  const ranks = new Map(log.nonFiniteSteps.map((bad) => [bad.step, bad.ranks]));
  let evaluation = 0;
  const evaluationsUpTo = (limit: number) => {
    for (
      let row = log.evaluations[evaluation];
      row !== undefined && row.step <= limit;
      row = log.evaluations[++evaluation]
    ) {
      lines.push(JSON.stringify({ event: 'evaluation', ...row }));
    }
  };
  for (let row = 0; row < log.length; row++) {
    evaluationsUpTo((step[row] ?? 0) - 1);
    const nonFiniteRanks = ranks.get(step[row]) ?? [];
    lines.push(
      JSON.stringify({
        event: 'step',
        step: step[row],
        loss: loss[row],
        gradientNorm: gradientNorm[row],
        learningRate: learningRate[row],
        tokens: tokens[row],
        elapsedMs: elapsedMs[row],
        nonFinite: nonFinite[row],
        ...(nonFiniteRanks.length > 0 ? { nonFiniteRanks } : {}),
      }),
    );
  }
  evaluationsUpTo(Number.POSITIVE_INFINITY);
  return lines.map((line) => `${line}\n`).join('');
}

export function saveJson(value: unknown, name: string): void {
  saveText(`${JSON.stringify(value, null, 2)}\n`, name, 'application/json');
}

export function saveCsv(data: PictureData, name: string): void {
  saveText(csvText(data), name, 'text/csv');
}
