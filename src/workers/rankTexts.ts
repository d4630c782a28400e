// The texts that a rank's worker helps to continue: its stages of the model, built for as many texts side by side as somebody asks for. The
// parameters are those of the run that it trains, or of a model that was loaded for asking alone.

import { LabError, type LabErrorData, toLabErrorData } from '../core/errors';
import type { ModelConfig } from '../core/modelConfig';
import { planDecode } from '../infer/decodePlan';
import { HeldParameters } from '../infer/heldParameters';
import type { InferEngine } from '../infer/inferEngine';
import { arenaStore, type ParameterStore } from '../infer/parameterStore';
import { type Pipeline, StageText, type TextReply, type TextWork } from '../infer/stageText';
import { layoutPlace, type PlaceState } from '../model/shapes/rankState';
import { coordinatesOf } from '../parallel/mesh';
import { layoutMesh, type MeshLayout } from '../parallel/meshLayout';
import type { MeshLinks } from '../train/meshLinks';
import type { MeshRank, ParameterPiece } from '../train/meshRank';
import type { MeshSpec } from '../train/meshSpec';

function pipelineOf(links: MeshLinks, { schedule, stages }: MeshLayout): Pipeline {
  const group = links.group('pp');
  return { group, ranks: stages.map(({ stage }) => group.ranks[schedule.rankOfStage(stage)]) };
}

export class RankTexts {
  /** By number of texts. */
  private readonly built = new Map<number, StageText>();

  private constructor(
    private readonly engine: InferEngine,
    private readonly model: ModelConfig,
    private readonly place: Pick<PlaceState, 'stages' | 'layout'>,
    private readonly parameters: ParameterStore,
    private readonly pipeline: Pipeline,
    /** Where they are not a run's. */
    private readonly held: HeldParameters | null,
  ) {}

  /** Over the parameters that a rank trains. */
  static ofRank(engine: InferEngine, { plan, memory, links }: MeshRank): RankTexts {
    const { stages, layout, layoutOfMesh, spec } = plan;
    const place = { stages: stages.map(({ span }) => span), layout };
    const store = arenaStore(memory.arena('parameters'));
    return new RankTexts(engine, spec.model, place, store, pipelineOf(links, layoutOfMesh), null);
  }

  /** With parameters of its own, to be written. @throws LabError `gpu.limit`, `gpu.outOfMemory` */
  static async alone(engine: InferEngine, spec: MeshSpec, links: MeshLinks): Promise<RankTexts> {
    const layoutOfMesh = layoutMesh(spec);
    const place = layoutPlace(spec, layoutOfMesh, coordinatesOf(layoutOfMesh.mesh, links.endpoint.rank));
    const held = await HeldParameters.ofLayout(engine.gpu, place.layout);
    return new RankTexts(engine, spec.model, place, held.store, pipelineOf(links, layoutOfMesh), held);
  }

  /** Writes parameters that this rank has for asking alone. @returns false where a run has them: nothing is written */
  takes(values: ReadonlyMap<string, Float32Array>): boolean {
    this.held?.write(values);
    return this.held !== null;
  }

  /** The same parameters, each in memory of its own; null where a run has them. */
  async ownPieces(): Promise<readonly ParameterPiece[] | null> {
    if (!this.held) return null;
    return [...(await this.held.read())].map(([name, values]) => ({ name, start: 0, values: values.slice() }));
  }

  /** @returns why it cannot be: the rank itself goes on as before. */
  async open(texts: number, onProgress: (done: number, total: number) => void): Promise<LabErrorData | null> {
    if (this.built.has(texts)) return null;
    const { engine, model, place, parameters, pipeline } = this;
    const { choices, cache } = engine;
    try {
      const plans = place.stages.map((stage) =>
        planDecode(model, stage, place.layout, texts, choices, cache.catalog, parameters.quantized),
      );
      this.built.set(texts, await StageText.build(engine, plans, parameters, pipeline, onProgress));
      return null;
    } catch (error) {
      return toLabErrorData(error);
    }
  }

  run(texts: number, work: TextWork): Promise<TextReply> {
    const stages = this.built.get(texts);
    if (!stages) throw new LabError({ code: 'internal', message: `This rank was not made ready for ${texts} texts` });
    return stages.run(work);
  }
}
