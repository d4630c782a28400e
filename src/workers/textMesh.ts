// A loaded model over a pipeline of workers, for asking alone: each holds the parameters and the KV cache of its own layers and nothing of a
// training run. Layers are split as in training.

import type { CheckContext } from '../check/conformance';
import { type ModelConfig, modelSizes } from '../core/modelConfig';
import { defaultRunConfig } from '../core/runConfig';
import type { TextModel } from '../infer/textModel';
import { layoutPlace } from '../model/shapes/rankState';
import { coordinatesOf } from '../parallel/mesh';
import { layoutMesh } from '../parallel/meshLayout';
import type { MeshSpec } from '../train/meshSpec';
import { MergedReader } from './mergedReader';
import { pipelineText } from './meshTexts';
import { MeshWorkers } from './meshWorkers';
import type { ModelReader } from './modelReader';

let meshes = 0;

/** What the layers' place follows from, as for a run over the same pipeline. */
function specOf(model: ModelConfig, stages: number): MeshSpec {
  const { train, parallel, lora } = defaultRunConfig;
  return {
    model,
    train: { ...train, sequenceLength: modelSizes(model).positions, microBatches: stages },
    parallel: { ...parallel, dp: 1, pp: stages, tp: 1, schedule: 'gpipe', stagesPerRank: 1 },
    lora,
    keepOutputs: false,
  };
}

export class TextMesh {
  private turns = 0;
  private readonly asked: TextModel;

  private constructor(
    private readonly model: ModelConfig,
    private readonly workers: MeshWorkers,
    engine: CheckContext,
    stages: number,
  ) {
    const { family } = engine.choices;
    this.asked = pipelineText({ model, stages, family, workers, turnNumber: () => ++this.turns });
  }

  /**
   * Ready to continue a text.
   * @throws LabError `config.invalid` for more stages than layers; of the first rank that could not be set up
   */
  static async load(
    engine: CheckContext,
    limits: 'adapter' | 'min',
    model: ModelConfig,
    weights: ReadonlyMap<string, Float32Array>,
    stages: number,
    onProgress: (share: number) => void,
  ): Promise<TextMesh> {
    const spec = specOf(model, stages);
    const layout = layoutMesh(spec);
    const compiled = new Map<number, number>();
    const workers = new MeshWorkers(
      layout.mesh,
      (rank, event) => {
        if (event.type !== 'compile') return;
        compiled.set(rank, event.total === 0 ? 1 : event.done / event.total);
        onProgress([...compiled.values()].reduce((a, b) => a + b, 0) / stages);
      },
      // Whoever asks next is told.
      () => undefined,
    );
    try {
      const run = `texts ${++meshes} of ${performance.timeOrigin}`;
      const shared = { run, generation: 0, spec, limits, choices: engine.choices.snapshot(), rates: engine.rates };
      await workers.join((api, rank, ports) => api.setUpTexts({ ...shared, rank }, ports));
      await workers.all((api, rank) => {
        const { parameters } = layoutPlace(spec, layout, coordinatesOf(layout.mesh, rank));
        return api.writeParameters(new Map([...weights].filter(([name]) => parameters.has(name))));
      });
      const mesh = new TextMesh(model, workers, engine, stages);
      await mesh.asked.decoder(1);
      return mesh;
    } catch (error) {
      workers.close();
      throw error;
    }
  }

  /** Asks the pipeline; for what has to read whole weights they are merged. */
  reader(engine: CheckContext): ModelReader {
    return new MergedReader(engine, this.model, {
      whole: () => this.parameters(),
      version: () => 0,
      adapters: null,
      pipeline: this.asked,
      release: () => this.workers.close(),
    });
  }

  private async parameters(): Promise<ReadonlyMap<string, Float32Array>> {
    const pieces = await this.workers.all((api) => api.pieces('parameters'));
    // A tied embedding lies on the first and the last rank: the same values.
    return new Map(pieces.flat().map(({ name, values }) => [name, values]));
  }
}
