// The step as a file for Perfetto: both accounts of it that are there.

import { traceFile } from '../../parallel/traceEvents';
import { saveText } from '../downloads';
import type { Texts } from '../i18n/useText';
import { actionText } from '../mesh/actionText';
import type { StepAccounts } from './stepAccounts';

/** @param adapter what was measured, and what the prediction is for */
export function saveStepFile({ plan, predicted, measured }: StepAccounts, adapter: string, texts: Texts): void {
  const sources = [
    ...(predicted === null ? [] : [{ name: 'predicted', plan, events: predicted.events }]),
    ...(measured === null ? [] : [{ name: `measured, step ${measured.step}`, plan, events: measured.events }]),
  ];
  const { dp, pp, tp } = plan.mesh;
  const file = traceFile(sources, (action) => actionText(action, texts), {
    adapter,
    mesh: `dp=${dp},pp=${pp},tp=${tp}`,
  });
  saveText(`${JSON.stringify(file)}\n`, 'shardlab-step.trace.json', 'application/json');
}
