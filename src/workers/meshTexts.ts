// Texts over the workers of a mesh: makes their stages ready, and gives them the turns of a PipelineDecoder. The workers are a run's, or a
// TextMesh's; it owns neither.

import { LabError } from '../core/errors';
import type { ModelConfig } from '../core/modelConfig';
import type { KernelFamilyName } from '../gpu/kernelChoices';
import { AHEAD } from '../infer/decoder';
import { PipelineDecoder } from '../infer/pipelineDecoder';
import { TextModel } from '../infer/textModel';
import type { MeshWorkers } from './meshWorkers';

export interface TextPipeline {
  readonly model: ModelConfig;
  readonly stages: number;
  readonly family: KernelFamilyName;
  readonly workers: MeshWorkers;
  /** Counts up over all that the mesh does. */
  readonly turnNumber: () => number;
}

/** @param around see TextModel */
export function pipelineText(
  { model, stages, family, workers, turnNumber }: TextPipeline,
  around?: <T>(work: () => Promise<T>) => Promise<T>,
): TextModel {
  return new TextModel(
    model,
    async (texts) => {
      const refusals = await workers.all((api) => api.openTexts(texts));
      const refusal = refusals.find((error) => error !== null);
      if (refusal) throw new LabError(refusal);
      return new PipelineDecoder(
        model,
        texts,
        {
          stages,
          run: (work) => {
            const turn = turnNumber();
            return workers.all((api) => api.text({ turn, texts, work }));
          },
        },
        AHEAD[family],
      );
    },
    around,
  );
}
