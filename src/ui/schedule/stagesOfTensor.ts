// Which pipeline stages a tensor takes part in, by its name: those that hold its layer, or the ends of the model. Pure.

import type { MeshRankFacts } from '../../core/meshRecords';

export function stagesOfTensor(tensor: string, ranks: readonly MeshRankFacts[]): ReadonlySet<number> {
  const layer = /(?:^|\.)(\d+)\./.exec(tensor)?.[1];
  const stages = ranks.flatMap((rank) => rank.stages);
  const held = stages.filter(({ firstLayer, endLayer, embedding, head }) =>
    layer === undefined ? embedding || head : firstLayer <= Number(layer) && Number(layer) < endLayer,
  );
  return new Set(held.map(({ stage }) => stage));
}
