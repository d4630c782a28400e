// The mesh of the set-up: chosen by dragging or by number, then how its ranks share the work and come together.
// The rules are parallel/meshRules.ts, asked by setupStore; nothing is judged here.

import type { StrategyName } from '../../core/runConfig';
import { type MeshAxis, meshAxes, meshSize } from '../../parallel/mesh';
import { strategyMath } from '../../parallel/strategies/strategyMath';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { useSetup } from '../stores/setupStore';
import { linkFields, meshFields } from '../train/fields';
import { FieldNoteText, SettingField } from '../train/SettingField';
import { isEmulated } from './emulated';
import { MeshAxes } from './MeshAxes';
import styles from './MeshSetupPanel.module.css';

export function MeshSetupPanel() {
  const { t, format } = useText();
  const config = useSetup((state) => state.config);
  const notes = useSetup((state) => state.notes);
  const mesh = config.parallel;
  const ranks = meshSize(mesh);
  const shared = meshAxes.filter((axis) => mesh[axis] > 1);
  const number = (axis: MeshAxis) => format.integer(mesh[axis]);
  return (
    <Panel id="mesh" title={<span data-term="mesh">{t.mesh.setup.title}</span>} fillable={false}>
      <MeshAxes className={styles.steppers} />
      {meshAxes.map((axis) => {
        const note = notes[`parallel.${axis}`];
        return note === undefined ? null : <FieldNoteText key={axis} note={note} value={mesh[axis]} />;
      })}
      <p className={styles.caption} role="status" data-testid="mesh-caption">
        {ranks === 1
          ? t.mesh.setup.announceOne
          : t.mesh.setup.announce(number('dp'), number('pp'), number('tp'), format.integer(ranks))}
      </p>
      {ranks === 1 ? null : (
        <>
          {meshFields
            .filter((spec) => spec.applies(config))
            .map((spec) => (
              <SettingField key={spec.name} spec={spec} />
            ))}
          {mesh.dp === 1 ? null : <StrategyMath strategy={mesh.strategy} />}
          <details className={styles.links} open={isEmulated(mesh) || undefined}>
            <summary>
              {t.mesh.setup.links}
              <span className={styles.linkState}>{isEmulated(mesh) ? t.mesh.emulated : t.mesh.setup.linksOff}</span>
            </summary>
            {shared.flatMap(linkFields).map((spec) => (
              <SettingField key={spec.name} spec={spec} />
            ))}
          </details>
        </>
      )}
    </Panel>
  );
}

/** What the strategy changes in the mathematics, and who showed it. */
export function StrategyMath({ strategy }: { readonly strategy: StrategyName }) {
  const { t } = useText();
  const { formula, source } = strategyMath[strategy];
  return (
    <p className={styles.caption} data-testid="strategy-math">
      {t.mesh.strategyMath[strategy]} <span>{formula}</span>
      {source === null ? null : (
        <>
          {' '}
          <a href={source.url}>{source.title}</a>
        </>
      )}
    </p>
  );
}
