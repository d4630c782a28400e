// From a configuration whose mesh breaks a rule to the nearest one that breaks none: smaller settings give way to larger ones.
// It never touches what it was told to keep; what then still breaks a rule is for meshIssues to say. Pure.

import { modelSizes } from '../core/modelConfig';
import type { RunConfig } from '../core/runConfig';
import { MAX_RANKS, type MeshAxis, meshSize } from './mesh';
import { type MeshRule, meshIssues } from './meshRules';

/** Settings that may be changed, by path. Axes and the optimiser among them only for links and files. */
export const yieldingFields = [
  'parallel.dp',
  'parallel.pp',
  'parallel.tp',
  'parallel.stagesPerRank',
  'parallel.schedule',
  'parallel.zero',
  'parallel.strategy',
  'parallel.compression',
  'train.microBatches',
  'train.optimizer',
] as const;
export type YieldingField = (typeof yieldingFields)[number];

/** What gives way to an edit of a form: what follows from the mesh, never the mesh itself. */
const followers: readonly YieldingField[] = ['train.microBatches', 'parallel.stagesPerRank', 'parallel.zero'];

/** What may follow an edit of `path`. With one replica left there is nothing to agree on or to compress. */
export function followersOf(path: string): readonly YieldingField[] {
  const all: readonly YieldingField[] =
    path === 'parallel.dp' ? [...followers, 'parallel.strategy', 'parallel.compression'] : followers;
  return all.filter((field) => field !== path);
}

/** @param may the settings that may change; all of them for a link */
export function fitMesh(
  config: RunConfig,
  vocabularySize: number,
  may: readonly YieldingField[] = yieldingFields,
): RunConfig {
  const train = { ...config.train };
  const parallel = { ...config.parallel };
  const now = (): RunConfig => ({ ...config, train, parallel });
  const broken = (...rules: readonly MeshRule[]): boolean =>
    meshIssues(now(), vocabularySize).some(({ rule }) => rules.includes(rule));
  const yields = (field: YieldingField): boolean => may.includes(field);
  const lower = (axis: MeshAxis, ...rules: readonly MeshRule[]): void => {
    while (yields(`parallel.${axis}`) && parallel[axis] > 1 && broken(...rules)) parallel[axis]--;
  };

  while (meshSize(parallel) > MAX_RANKS) {
    const axes = (['dp', 'pp', 'tp'] as const).filter((axis) => yields(`parallel.${axis}`) && parallel[axis] > 1);
    if (axes.length === 0) break;
    parallel[axes.reduce((largest, axis) => (parallel[axis] > parallel[largest] ? axis : largest))]--;
  }
  if (yields('train.optimizer') && broken('muonTensor')) train.optimizer = 'adamw';
  lower('tp', 'heads', 'vocabulary', 'width', 'inner');

  if (yields('parallel.stagesPerRank')) {
    if (broken('oneStage')) parallel.stagesPerRank = 1;
    if (broken('twoStages')) parallel.stagesPerRank = 2;
    const room = Math.max(1, Math.floor(modelSizes(config.model).layers / parallel.pp));
    if (broken('layers') && parallel.schedule !== 'zbv') parallel.stagesPerRank = room;
  }
  lower('pp', 'layers');
  if (broken('layers') && yields('parallel.schedule') && yields('parallel.stagesPerRank')) {
    parallel.schedule = 'gpipe';
    parallel.stagesPerRank = 1;
  }

  if (yields('train.microBatches') && broken('rows', 'tokens', 'fill', 'rounds')) {
    const { batchSize, microBatches } = train;
    const fits = divisors(batchSize)
      .sort((a, b) => Math.abs(a - microBatches) - Math.abs(b - microBatches) || b - a)
      .find((count) => {
        train.microBatches = count;
        return !broken('rows', 'tokens', 'fill', 'rounds');
      });
    train.microBatches = fits ?? microBatches;
  }
  if (broken('rows')) {
    if (yields('train.microBatches')) train.microBatches = 1;
    lower('dp', 'rows');
  }
  lower('tp', 'tokens');
  if (broken('fill', 'rounds', 'oneStage', 'twoStages') && yields('parallel.schedule'))
    parallel.schedule = parallel.stagesPerRank === 1 ? 'gpipe' : 'looped-bfs';

  if (yields('parallel.zero')) {
    if (broken('zeroPipeline')) parallel.zero = 1;
    if (broken('muonZero')) parallel.zero = 0;
    if (broken('loraZero')) parallel.zero = 2;
  }
  if (yields('parallel.strategy') && broken('strategyReplicas', 'asyncAxes', 'loraStrategy'))
    parallel.strategy = 'sync';
  if (yields('parallel.compression') && broken('compressionReplicas')) parallel.compression = 'none';
  if (yields('parallel.zero') && broken('strategyZero', 'compressionZero')) parallel.zero = 0;
  return now();
}

function divisors(whole: number): number[] {
  return Array.from({ length: whole }, (_, index) => index + 1).filter((candidate) => whole % candidate === 0);
}
