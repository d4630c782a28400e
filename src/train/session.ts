// A training session: the loop around a runner. It sets the learning rate, hands metrics out, evaluates and samples, and obeys play, pause,
// single step and reset. It knows no page, no worker and no rank; events go to one function.

import { asLabError, LabError } from '../core/errors';
import { learningRate } from '../core/lrSchedule';
import { bitsPerByte, perplexity } from '../core/metrics';
import { modelSizes } from '../core/modelConfig';
import { nonFiniteRanksText } from '../core/nonFiniteRanks';
import type { EvaluationRow, PreparedData, ProfileReport, RunState, SampleRow, StepRow } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import type { Judgement } from '../core/sequenceRecords';
import { createStreamDecoder } from '../data/streamDecoder';
import type { Tokenizer } from '../data/tokenizer';
import type { RunnerRow, StepRunner } from './stepRunner';

export interface SessionEvents {
  readonly state: (state: RunState) => void;
  readonly phase: (label: 'train' | 'evaluate' | 'sample' | 'idle') => void;
  readonly steps: (rows: readonly StepRow[]) => void;
  readonly evaluation: (row: EvaluationRow) => void;
  readonly sample: (row: SampleRow) => void;
  readonly failure: (error: LabError) => void;
  /** Continues a prompt; injected, since inference is not training's business. */
  readonly continueText: (prompt: string, onToken: (token: number) => void, goOn: () => boolean) => Promise<void>;
  /** What a model that reads whole texts makes of one; null where it is asked nothing while it trains. */
  readonly readText: (text: string) => Promise<string | null>;
  /** How well the model does on held-out data, beside its loss; null where the loss says it. */
  readonly judge: () => Promise<Judgement | null>;
}

export class TrainingSession {
  private step = 0;
  private state: RunState = 'ready';
  private pauseWanted = false;
  private interruption: LabError | null = null;
  private running: Promise<RunState> | null = null;
  private activeMs = 0;
  private lastRowAt = 0;
  private nonFiniteStep: RunnerRow | null = null;
  private readonly tokensPerStep: number;

  /** @param runner begun: its weights are the seed's */
  constructor(
    private readonly runner: StepRunner,
    private readonly config: RunConfig,
    private readonly data: PreparedData,
    private readonly tokenizer: Tokenizer,
    private readonly events: SessionEvents,
  ) {
    this.tokensPerStep = config.train.batchSize * config.train.sequenceLength;
    runner.onRows = (rows) => this.handOut(rows);
  }

  get currentState(): RunState {
    return this.state;
  }

  private setState(state: RunState): RunState {
    this.state = state;
    this.events.state(state);
    return state;
  }

  /** Adds measured times: a group's steps share the time since the last group evenly. */
  private handOut(rows: readonly RunnerRow[]): void {
    const now = performance.now();
    const share = (now - this.lastRowAt) / rows.length;
    const start = this.activeMs;
    this.activeMs += now - this.lastRowAt;
    this.lastRowAt = now;
    this.events.steps(
      rows.map((row, index) => ({
        ...row,
        tokens: row.tokens ?? this.tokensPerStep,
        elapsedMs: start + share * (index + 1),
      })),
    );
    if (this.config.train.nonFinite === 'stop') {
      const bad = rows.find((row) => row.nonFinite > 0 || !Number.isFinite(row.loss));
      if (bad && this.nonFiniteStep === null) this.nonFiniteStep = bad;
    }
  }

  private async oneStep(): Promise<void> {
    if (this.interruption) throw this.interruption;
    const step = this.step++;
    await this.runner.queue(step, learningRate(step, this.config.train));
    this.refuseNonFinite();
  }

  /** @throws LabError `run.nonFinite` naming the first bad step among those handed out, where the policy is to stop. */
  private refuseNonFinite(): void {
    if (this.nonFiniteStep === null) return;
    const { step, nonFinite, nonFiniteRanks = [] } = this.nonFiniteStep;
    const told =
      nonFinite > 0
        ? `Step ${step} has a loss or gradients that are not finite; its update was left out.`
        : `Step ${step} has a loss that is not finite; its gradients were, and its update was made.`;
    const found = nonFiniteRanks.length > 0 ? ` Found at ${nonFiniteRanksText(nonFiniteRanks)}.` : '';
    const replicas = [...new Set(nonFiniteRanks.map((rank) => rank.dp))];
    const some = replicas.length > 0 && replicas.length < this.config.parallel.dp;
    throw new LabError({
      code: 'run.nonFinite',
      message: told + found,
      why: some
        ? `The other replicas computed finite numbers: what sets dp=${replicas.join(', ')} apart is its part of the batch and its device.`
        : 'The learning rate is usually too high, or clipping is off.',
      advice: 'Lower the learning rate, turn clipping on, or set non-finite steps to be skipped; then reset.',
    });
  }

  /** Waits for all steps under way. @throws as refuseNonFinite. */
  private async drain(): Promise<void> {
    await this.runner.drain();
    this.refuseNonFinite();
  }

  /** Ends the run in `failed` with an error from outside its steps: a refused command, a lost device. */
  interrupt(error: LabError): void {
    this.interruption ??= error;
    if (this.running) return;
    this.events.failure(error);
    this.setState('failed');
  }

  /** Trains on to the last step, a pause or a failure. A second call while it runs gets the same promise. */
  play(): Promise<RunState> {
    this.running ??= this.loop(Infinity).finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** One optimiser step, then paused. */
  async stepOnce(): Promise<RunState> {
    if (this.running) return this.pause();
    this.running = this.loop(1).finally(() => {
      this.running = null;
    });
    return this.running;
  }

  async pause(): Promise<RunState> {
    this.pauseWanted = true;
    if (this.running) await this.running;
    this.pauseWanted = false;
    return this.state;
  }

  async reset(): Promise<RunState> {
    await this.pause();
    // Steps that were under way when the run failed come in first, so that none is taken for one of the new run.
    await this.runner.drain().catch(() => undefined);
    this.step = 0;
    this.activeMs = 0;
    this.nonFiniteStep = null;
    this.interruption = null;
    await this.runner.begin();
    return this.setState('ready');
  }

  private async loop(limit: number): Promise<RunState> {
    const { train } = this.config;
    if (this.state === 'finished' || this.state === 'failed') return this.state;
    this.setState('running');
    this.events.phase('train');
    this.lastRowAt = performance.now();
    try {
      for (let done = 0; done < limit && this.step < train.steps && !this.pauseWanted; done++) {
        await this.oneStep();
        const last = this.step === train.steps;
        const due = (every: number): boolean => every > 0 && (last || this.step % every === 0);
        if (due(train.evalEvery) || due(train.sampleEvery)) {
          await this.drain();
          if (due(train.evalEvery)) this.events.evaluation(await this.evaluate());
          if (due(train.sampleEvery) && !this.pauseWanted) await this.sample();
          this.events.phase('train');
          this.lastRowAt = performance.now();
        }
      }
      await this.drain();
      if (this.interruption) throw this.interruption;
      this.events.phase('idle');
      return this.setState(this.step >= train.steps ? 'finished' : 'paused');
    } catch (thrown) {
      const error = this.interruption ?? thrown;
      this.events.phase('idle');
      this.events.failure(asLabError(error));
      return this.setState('failed');
    }
  }

  /** Held-out loss on the same fixed windows every time. */
  async evaluate(): Promise<EvaluationRow> {
    this.events.phase('evaluate');
    const { loss, tokens } = await this.runner.evaluate();
    const judgement = await this.events.judge();
    return {
      step: this.step,
      loss,
      bitsPerByte: bitsPerByte(loss, this.data.bytesPerToken),
      perplexity: perplexity(loss),
      tokens,
      ...(judgement === null ? {} : { judgement }),
    };
  }

  private async sample(): Promise<void> {
    this.events.phase('sample');
    const prompt = this.config.train.samplePrompt;
    if (modelSizes(this.config.model).task !== 'causal-lm') {
      const answer = await this.events.readText(prompt);
      if (answer !== null) this.events.sample({ step: this.step, prompt, text: answer, done: true });
      return;
    }
    const decoder = createStreamDecoder(this.tokenizer);
    let text = '';
    const report = (done: boolean): void => this.events.sample({ step: this.step, prompt, text, done });
    await this.events.continueText(
      prompt,
      (token) => {
        text += decoder.push(token);
        report(false);
      },
      () => !this.pauseWanted,
    );
    text += decoder.flush();
    report(true);
  }

  /** A real step that somebody else takes and looks at: a profile, a proof. Pauses first. */
  async stepBy<Result>(
    work: (step: number, rate: number) => Promise<{ readonly result: Result; readonly row: RunnerRow }>,
  ): Promise<Result> {
    await this.pause();
    if (this.state === 'failed')
      throw new LabError({
        code: 'run.cancelled',
        message: 'The run has failed; there is no step to take.',
        advice: 'Reset the run first.',
      });
    this.lastRowAt = performance.now();
    const { result, row } = await work(this.step, learningRate(this.step, this.config.train));
    this.step++;
    this.handOut([row]);
    this.setState('paused');
    return result;
  }

  /** A real step with every dispatch timed; the run must not be playing. */
  profile(): Promise<ProfileReport> {
    return this.stepBy(async (step, rate) => {
      const { report, row } = await this.runner.profile(step, rate);
      return { result: report, row };
    });
  }

  destroy(): void {
    this.pauseWanted = true;
    this.runner.destroy();
  }
}
