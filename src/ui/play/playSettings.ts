// The prompt and the knobs of the draw, as the Play view sets them, and where they start. Plain data.

export interface PlaySettings {
  readonly prompt: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repetitionPenalty: number;
  readonly beams: number;
  /** That the model's own int4 copy proposes in a round; 0 where none does. */
  readonly draftTokens: number;
  readonly seed: number;
  /** One a line; `\n` stands for a line's end. */
  readonly stop: string;
  readonly logitBias: readonly { readonly token: number; readonly bias: number }[];
}

export const defaultPlaySettings: PlaySettings = {
  prompt: '',
  maxTokens: 120,
  temperature: 0.8,
  topK: 0,
  topP: 1,
  minP: 0,
  repetitionPenalty: 1,
  beams: 1,
  draftTokens: 0,
  seed: 1,
  stop: '',
  logitBias: [],
};
