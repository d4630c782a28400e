// The best way to lay a model over n ranks: looks at every choice of searchSpace.ts, in the order in which they could be fast, and predicts those that
// fit and could still be better than what was found. Pure, and told how to predict: it knows no hardware. It yields between predictions, so that
// whoever runs it can show how far it is and stop it.

import { LabError } from '../core/errors';
import { memoryLimitBytes } from './clusterMemory';
import type { ClusterPlan, Prediction } from './clusterPlan';
import { choicesFor, type PlanChoice, planOf, recomputationRank } from './searchSpace';

export interface PlanPredictor {
  predict(plan: ClusterPlan): Prediction;
  /** What the fullest rank holds at its peak: the same numbers as the prediction's, for less. */
  memory(plan: ClusterPlan): Pick<Prediction, 'peakBytes' | 'fits'>;
  /** A time below which no step of the plan can come: asked of every candidate, so that few have to be predicted. */
  leastMs(plan: ClusterPlan): number;
  /** The same for the fullest rank's peak. */
  leastBytes(plan: ClusterPlan): number;
}

export interface SearchRequest {
  /** What is given: model, hardware, batch, sequence, precision. What a search chooses of it is ignored. */
  readonly base: ClusterPlan;
  readonly ranks: number;
}

/** A choice and what was predicted of it, without the long lists. */
export interface Candidate extends Omit<Prediction, 'memory' | 'traffic' | 'fits'> {
  readonly choice: PlanChoice;
}

export interface SearchCounts {
  readonly considered: number;
  readonly outOfMemory: number;
  /** Cannot come near to another that needs no more memory, or are half as slow again as the fastest: not predicted. */
  readonly passedOver: number;
  readonly predicted: number;
}

export interface SearchProgress {
  readonly share: number;
  readonly counts: SearchCounts;
  readonly best: Candidate | null;
}

export interface SearchResult {
  /** Those that were predicted and fit, fastest first. */
  readonly candidates: readonly Candidate[];
  /** Indices of those that no other beats in both time and memory, fastest first. */
  readonly front: readonly number[];
  /** Index of the one to take. */
  readonly best: number | null;
  /** Where none fits: the one that comes nearest. */
  readonly nearest: { readonly choice: PlanChoice; readonly peakBytes: number } | null;
  readonly counts: SearchCounts;
}

/** Times nearer to each other than this are equal, as far as a prediction can tell: the simpler plan is taken. */
export const EQUAL_SHARE = 0.01;
/** A plan is predicted if it could come this near to one that needs no more memory: a person wants to see what is almost as good. */
const NEAR_SHARE = 0.03;
/** Beyond this much over the fastest, no memory saved is worth the time. */
const SLOW_SHARE = 0.5;

interface Considered {
  readonly choice: PlanChoice;
  readonly leastMs: number;
}

/** Yields after each prediction, and now and then between. */
export function* searching(
  { base, ranks }: SearchRequest,
  predictor: PlanPredictor,
): Generator<SearchProgress, SearchResult> {
  const considered: Considered[] = choicesFor(base, ranks)
    .map((choice) => ({ choice, leastMs: predictor.leastMs(planOf(base, choice)) }))
    .sort((a, b) => a.leastMs - b.leastMs || simpler(a.choice, b.choice));
  const limit = memoryLimitBytes(base.hardware);
  const candidates: Candidate[] = [];
  const front = new Front();
  let [outOfMemory, passedOver] = [0, 0];
  let best: Candidate | null = null;
  let nearest: { choice: PlanChoice; peakBytes: number } | null = null;
  const counts = (): SearchCounts => ({
    ...{ considered: considered.length, outOfMemory, passedOver },
    predicted: candidates.length,
  });

  for (const [index, { choice, leastMs }] of considered.entries()) {
    if (index % 64 === 63) yield { share: index / considered.length, counts: counts(), best };
    const plan = planOf(base, choice);
    const leastBytes = predictor.leastBytes(plan);
    // Once one fits, which of the others comes nearest to it is no question.
    if (leastBytes > limit && (best !== null || leastBytes > (nearest?.peakBytes ?? Number.POSITIVE_INFINITY))) {
      outOfMemory++;
      continue;
    }
    if (leastMs > (1 + SLOW_SHARE) * (best?.stepMs ?? Number.POSITIVE_INFINITY) || front.beats(leastMs, leastBytes)) {
      passedOver++;
      continue;
    }
    const { peakBytes, fits } = predictor.memory(plan);
    if (!fits) {
      outOfMemory++;
      if (nearest === null || peakBytes < nearest.peakBytes) nearest = { choice, peakBytes };
    } else if (front.beats(leastMs, peakBytes)) {
      passedOver++;
    } else {
      const candidate = candidateOf(choice, predictor.predict(plan));
      candidates.push(candidate);
      front.add(candidate);
      if (best === null || candidate.stepMs < best.stepMs) best = candidate;
      yield { share: (index + 1) / considered.length, counts: counts(), best };
    }
  }
  candidates.sort((a, b) => a.stepMs - b.stepMs || simpler(a.choice, b.choice));
  return {
    candidates,
    front: frontOf(candidates),
    best: bestOf(candidates),
    nearest: candidates.length === 0 ? nearest : null,
    counts: counts(),
  };
}

export interface SearchControls {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SearchProgress) => void;
  /** Lets others have their turn; called every `SLICE_MS`. */
  readonly breathe: () => Promise<void>;
  /** A clock in milliseconds. */
  readonly now: () => number;
}

const SLICE_MS = 60;

/** Runs a search in slices. @throws LabError `run.cancelled` once the signal says so */
export async function runSearch(
  request: SearchRequest,
  predictor: PlanPredictor,
  { signal, onProgress, breathe, now }: SearchControls,
): Promise<SearchResult> {
  const search = searching(request, predictor);
  let slice = now();
  for (let step = search.next(); ; step = search.next()) {
    if (step.done === true) return step.value;
    if (now() - slice < SLICE_MS) continue;
    onProgress?.(step.value);
    await breathe();
    if (signal?.aborted === true) throw new LabError({ code: 'run.cancelled', message: 'The search was stopped.' });
    slice = now();
  }
}

export function candidateOf(choice: PlanChoice, prediction: Prediction): Candidate {
  const { memory: _memory, traffic: _traffic, fits: _fits, ...numbers } = prediction;
  return { choice, ...numbers };
}

/** Below 0 where `a` has less to set up and to go wrong: fewer pipeline ranks, stages, tensor ranks, then less that is cut up or computed again. */
export function simpler(a: PlanChoice, b: PlanChoice): number {
  return (
    a.mesh.pp - b.mesh.pp ||
    a.stagesPerRank - b.stagesPerRank ||
    a.mesh.tp - b.mesh.tp ||
    recomputationRank(a.recomputation) - recomputationRank(b.recomputation) ||
    a.zero - b.zero ||
    a.microBatchRows - b.microBatchRows ||
    (a.schedule < b.schedule ? -1 : a.schedule > b.schedule ? 1 : 0)
  );
}

/** The simplest of those that are as fast as the fastest. `candidates` come fastest first. */
function bestOf(candidates: readonly Candidate[]): number | null {
  const [fastest] = candidates;
  if (fastest === undefined) return null;
  let best = 0;
  for (const [index, { stepMs, choice }] of candidates.entries()) {
    if (stepMs > fastest.stepMs * (1 + EQUAL_SHARE)) break;
    if (simpler(choice, candidates[best].choice) < 0) best = index;
  }
  return best;
}

function frontOf(candidates: readonly Candidate[]): number[] {
  let least = Number.POSITIVE_INFINITY;
  const front: number[] = [];
  for (const [index, { peakBytes }] of candidates.entries()) {
    if (peakBytes >= least) continue;
    least = peakBytes;
    front.push(index);
  }
  return front;
}

/** What no plan so far beats in both time and memory. */
class Front {
  #members: Candidate[] = [];

  /** Whether a plan that takes at least `leastMs` and needs `peakBytes` is surely far behind some member. */
  beats(leastMs: number, peakBytes: number): boolean {
    return this.#members.some((member) => member.stepMs * (1 + NEAR_SHARE) <= leastMs && member.peakBytes <= peakBytes);
  }

  add(candidate: Candidate): void {
    if (this.#members.some((m) => m.stepMs <= candidate.stepMs && m.peakBytes <= candidate.peakBytes)) return;
    this.#members = this.#members.filter((m) => m.stepMs < candidate.stepMs || m.peakBytes < candidate.peakBytes);
    this.#members.push(candidate);
  }
}
