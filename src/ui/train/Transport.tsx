// The transport: train, pause, step, reset; the step counter, and what the run is doing now.
// Verbs go to labController; the numbers come from the stores.

import { Pause, Play, RotateCcw, StepForward } from 'lucide-react';
import { useMetrics } from '../charts/useMetrics';
import { missingInput } from '../dataLoader';
import { type Texts, useText } from '../i18n/useText';
import { labController } from '../labController';
import { Key } from '../parts/Buttons';
import { Readout } from '../parts/Readout';
import { Term } from '../parts/Term';
import { metricsLog } from '../stores/metricsLog';
import { useRace } from '../stores/raceStore';
import { type RunStoreState, useRun } from '../stores/runStore';
import { sameConfig, useSetup } from '../stores/setupStore';
import { useView } from '../stores/viewStore';
import { PhaseLine } from './PhaseLine';
import styles from './Transport.module.css';

const COUNTER_DIGITS = 5;

export function Transport() {
  const texts = useText();
  const { t, format } = texts;
  useMetrics();
  const { state, step, facts, playWhenReady, pausing, device, failure } = useRun((run) => run);
  const config = useSetup((setup) => setup.config);
  const lacking = useSetup(missingInput);
  const refused = useRun((run) => run.estimate?.refusal != null && run.state !== 'running');
  const hidden = useView((view) => view.hidden.includes('transport'));
  const full = useView((view) => view.fullPanel !== null);
  const racing = useRace((race) => race.state !== 'idle');
  if (hidden) return null;

  const active = state === 'running' || playWhenReady;
  const blocked = racing ? t.race.blocked : whyBlocked(texts, { state, device, failure }, lacking, refused);
  const canStep = state === 'ready' || state === 'paused';
  const total = facts?.config.train.steps ?? config.train.steps;
  const stepMs = state === 'ready' ? null : metricsLog.recentStepMs();
  const stale = facts !== null && step > 0 && !sameConfig(facts.config, config);
  const held = step === 0 ? undefined : metricsLog.evaluations.at(-1);

  return (
    <section className={styles.transport} aria-label={t.transport.title} data-state={state} inert={full}>
      <div className={styles.row}>
        <div className={styles.keys}>
          <button
            type="button"
            className={styles.play}
            disabled={racing || (!active && blocked !== null)}
            title={active && !racing ? undefined : (blocked ?? undefined)}
            onClick={() => void labController.toggle()}
          >
            {active ? <Pause size={20} strokeWidth={2} aria-hidden /> : <Play size={20} strokeWidth={2} aria-hidden />}
            {active ? t.transport.pause : step > 0 && state === 'paused' ? t.transport.playAgain : t.transport.play}
          </button>
          <Key
            icon={StepForward}
            disabled={racing || !canStep}
            title={canStep && !racing ? undefined : (blocked ?? undefined)}
            onClick={() => void labController.stepOnce()}
          >
            {t.transport.step}
          </Key>
          <Key
            icon={RotateCcw}
            disabled={racing || state === 'empty' || state === 'preparing'}
            title={racing ? t.race.blocked : undefined}
            onClick={() => void labController.reset()}
          >
            {state === 'finished' ? t.transport.resetAgain : t.transport.reset}
          </Key>
        </div>
        <div className={styles.counter}>
          <Term id="step">{t.transport.stepLabel}</Term>
          <Counter value={step} label={format.integer(step)} />
          <span className={styles.of}>{t.transport.ofSteps(format.integer(total))}</span>
        </div>
        <dl className={styles.readouts}>
          <Readout
            term="loss"
            tone="train"
            label={t.transport.loss}
            value={step === 0 ? '–' : format.fixed(metricsLog.last('loss') ?? Number.NaN, 3)}
          />
          <Readout
            term="validationLoss"
            tone="validation"
            label={t.transport.validation}
            value={held === undefined ? '–' : format.fixed(held.loss, 3)}
          />
          <Readout
            term="speed"
            label={t.transport.speed}
            value={stepMs === null ? '–' : format.compact((metricsLog.last('tokens') ?? 0) / (stepMs / 1000))}
            unit="token/s"
          />
          <Readout
            term="stepTime"
            label={t.transport.stepTime}
            value={stepMs === null ? '–' : format.duration(stepMs)}
          />
          <Readout
            term={state === 'finished' ? 'elapsed' : 'eta'}
            label={state === 'finished' ? t.transport.elapsed : t.transport.eta}
            value={
              state === 'finished'
                ? format.duration(metricsLog.last('elapsedMs') ?? 0)
                : stepMs === null
                  ? '–'
                  : format.duration(Math.max(0, total - step) * stepMs)
            }
          />
        </dl>
      </div>
      <PhaseLine total={total} pausing={pausing} blocked={blocked} />
      {stale ? (
        <p className={styles.stale} role="status">
          {t.settings.stale} <Key onClick={() => void labController.reset()}>{t.settings.applyStale}</Key>
        </p>
      ) : null}
    </section>
  );
}

/** A counter with its unused places dimmed, as on an instrument. */
function Counter({ value, label }: { readonly value: number; readonly label: string }) {
  const digits = String(value).padStart(COUNTER_DIGITS, '0');
  const used = String(value).length;
  return (
    <span className={styles.digits} role="img" aria-label={label} data-testid="step-counter">
      <span className={styles.unused}>{digits.slice(0, digits.length - used)}</span>
      {digits.slice(digits.length - used)}
    </span>
  );
}

function whyBlocked(
  { t }: Texts,
  { state, device, failure }: Pick<RunStoreState, 'state' | 'device' | 'failure'>,
  lacking: ReturnType<typeof missingInput>,
  refused: boolean,
): string | null {
  const words = t.transport.disabled;
  if (device === 'absent') return words.noGpu;
  if (lacking !== null) return lacking === 'shards' ? words.needShards : words.needText;
  if (failure !== null || state === 'failed') return words.failed;
  if (state === 'finished') return words.finished;
  if (refused && state !== 'paused') return words.refused;
  return null;
}
