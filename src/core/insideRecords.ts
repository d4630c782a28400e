// What a look inside a model brings back: of a text its attention, its residual stream and what the logit lens saw; of a tensor of a running
// step its statistics, a histogram and a picture. Plain data.

export interface InspectRequest {
  readonly text: string;
  /** Tokens of the lens at each place; 5 where left out. */
  readonly top?: number;
}

/** What the model makes of a text at each layer's end. Layer 0 is the embedding, the last is the model's own output. */
export interface LensReadings {
  /** `next`: a place is asked for the token after it; `same`: for the token that stands there. */
  readonly asked: 'next' | 'same';
  /** K of the arrays. */
  readonly top: number;
  /** [L + 1, T, K]: the best tokens, likeliest first. */
  readonly tokens: Int32Array;
  /** [L + 1, T, K]: their log-probabilities, nats. */
  readonly logProbabilities: Float32Array;
  /** [L + 1, T]: of the whole distribution, nats. */
  readonly entropy: Float32Array;
  /** [L + 1, T]: log-probability of the token that the text has, nats; NaN where it ends before. */
  readonly actual: Float32Array;
  /** [L + 1, T]: how many tokens are likelier than that one; -1 where the text ends before. */
  readonly rank: Int32Array;
}

export interface Inspection {
  /** Ids as the model read them: T of them. */
  readonly ids: Uint32Array;
  /** Each token as it is shown: the text that it stands for. */
  readonly texts: readonly string[];
  /** What the lens's tokens stand for, by id. */
  readonly vocabulary: ReadonlyMap<number, string>;
  readonly layers: number;
  readonly heads: number;
  readonly width: number;
  /** Of each layer [H, T, T]: how much of each token (column) goes into each (row). */
  readonly attentions: readonly Float32Array[];
  /** [T, C] each: the embedding, then what each layer leaves. */
  readonly residuals: readonly Float32Array[];
  /** Null for a model whose head says nothing of tokens. */
  readonly lens: LensReadings | null;
  /** Tokens at the text's end that were left out, since no more are looked into. */
  readonly leftOut: number;
  /** Code points of the text that no token stands for. */
  readonly dropped: number;
  /** Step of the run whose weights these are; null for a model that was loaded. */
  readonly step: number | null;
  readonly milliseconds: number;
}

/** Where a tensor belongs: an arena, or the forward or backward pass of a step. */
export const tensorKinds = ['parameter', 'gradient', 'moment1', 'moment2', 'activation', 'activationGradient'] as const;
export type TensorKind = (typeof tensorKinds)[number];

export interface TensorId {
  readonly kind: TensorKind;
  /** Of the parameter, or of the operation's output. */
  readonly name: string;
}

export interface TensorListing extends TensorId {
  /** As the first of the ranks holds it. */
  readonly shape: readonly number[];
  readonly ranks: readonly number[];
}

export interface WatchRequest {
  readonly tensors: readonly TensorId[];
  /** Steps from one look to the next. */
  readonly every: number;
}

/** What is seen of a tensor's values. */
export interface TensorLook {
  /** Of the finite values; zeros where there are none. */
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly rms: number;
  readonly zeros: number;
  readonly nonFinite: number;
  /** Finite values in equal parts of the range from minimum to maximum. */
  readonly bins: Uint32Array;
  readonly map: {
    readonly height: number;
    readonly width: number;
    /** [height, width]: of each cell's values; -1 where one is not finite. */
    readonly greatest: Float32Array;
    /** [height, width] */
    readonly mean: Float32Array;
  };
}

/** One rank's look at one tensor, in the middle of a step. */
export interface TensorReport extends TensorId, TensorLook {
  readonly rank: number;
  /** 1 for the first. */
  readonly step: number;
  /** As looked at: what of the tensor lies on the rank, its last dim as columns. */
  readonly rows: number;
  readonly columns: number;
  /** Where the rank keeps only a run of a parameter's values: the first of them, within its own part of it. */
  readonly start: number;
}
