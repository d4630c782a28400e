// The plan made small enough for this page: what it becomes, what is not the same, and a key that sets it up and goes there.

import { Play } from 'lucide-react';
import { modelSizes } from '../../core/modelConfig';
import type { RunConfig } from '../../core/runConfig';
import { meshAxes, meshSize } from '../../parallel/mesh';
import { type SmallChange, smallRun } from '../../planner/smallRun';
import { type Texts, useText } from '../i18n/useText';
import { labController } from '../labController';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import styles from './Planner.module.css';
import { usePlanned } from './planned';

export function SmallPanel() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.planner.small;
  const { plan, issue } = usePlanned();
  const small = issue === null ? smallRun(plan) : null;
  return (
    <Panel id="planSmall" title={words.title} fillable={false}>
      {small === null ? (
        <p className={styles.basisLine}>{words.failed}</p>
      ) : (
        <div className={styles.small}>
          <p>{words.intro}</p>
          <p data-testid="small-run">
            {words.ranks(format.integer(meshSize(small.config.parallel)))}: {runText(small.config, texts)}
          </p>
          {small.changes.length === 0 ? null : (
            <div>
              <p>{words.changed}</p>
              <ul>
                {small.changes.map((change) => (
                  <li key={change.kind}>{changeText(change, texts)}</li>
                ))}
              </ul>
            </div>
          )}
          <p>
            <Key icon={Play} primary onClick={() => void labController.begin(small.config, 'shard')}>
              {words.run}
            </Key>
          </p>
          <p className={styles.basisLine}>{words.undo}</p>
        </div>
      )}
    </Panel>
  );
}

function runText({ model, train, parallel }: RunConfig, { t, format }: Texts): string {
  const words = t.planner.small;
  const { layers, width, heads } = modelSizes(model);
  const shape = words.model(format.integer(layers), format.integer(width), format.integer(heads));
  const mesh = meshAxes.map((axis) => `${axis} ${parallel[axis]}`).join(' × ');
  const schedule = parallel.pp === 1 ? words.noSchedule : parallel.schedule;
  return words.what(
    shape,
    mesh,
    schedule,
    format.integer(train.microBatches),
    t.planner.neighbours.zero(String(parallel.zero)),
  );
}

function changeText(change: SmallChange, { t, format }: Texts): string {
  const words = t.planner.small.changes;
  switch (change.kind) {
    case 'axes':
      return words.axes(change.from, change.to);
    case 'zero':
      return words.zero(String(change.from), String(change.to));
    case 'stages':
      return words.stages(format.integer(change.from), format.integer(change.to));
    case 'architecture':
    case 'precision':
    case 'recomputation':
    case 'contextParallel':
      return words[change.kind];
  }
}
