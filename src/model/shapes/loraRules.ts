// Which adapters a model can have: target modules that it has, and with a pipeline some on every stage. For forms, links and the command line. Pure.

import type { FieldIssue } from '../../core/errors';
import { layoutMesh, type MeshSettings } from '../../parallel/meshLayout';
import { loraModules, targetNames, unknownTargets } from './adapterShapes';
import { layerOf } from './modelShapes';

/** The first rule that the adapters break; null where there are none, or all is well. The mesh must keep its own rules. */
export function loraIssue(settings: MeshSettings): FieldIssue | null {
  const { model, lora } = settings;
  if (lora.r === 0) return null;
  const path = 'lora.target_modules';
  const [unknown] = unknownTargets(model, lora);
  const modules = loraModules(model, lora);
  if (unknown !== undefined || modules.length === 0)
    return {
      path,
      got: JSON.stringify(unknown ?? ''),
      expected: `names of linear layers: ${targetNames(model).join(', ')}`,
    };
  const layers = new Set(modules.map(({ weight }) => layerOf(weight)));
  const bare = layoutMesh(settings).stages.find(
    ({ firstLayer, endLayer }) =>
      ![...layers].some((layer) => layer !== null && layer >= firstLayer && layer < endLayer),
  );
  if (bare === undefined) return null;
  return {
    path,
    got: JSON.stringify(lora.target_modules),
    expected: `an adapter on every pipeline stage: stage ${bare.stage}, layers ${bare.firstLayer} to ${bare.endLayer - 1}, has none`,
  };
}
