// Says that links are emulated, for as long as they are: times of such a run are not this machine's own.

import { useText } from '../i18n/useText';
import { isEmulated } from '../mesh/emulated';
import { Term } from '../parts/Term';
import { useRun } from '../stores/runStore';
import { useSetup } from '../stores/setupStore';
import styles from './Header.module.css';

export function EmulatedBadge() {
  const { t } = useText();
  const wanted = useSetup((state) => isEmulated(state.config.parallel));
  const running = useRun((state) => state.facts !== null && isEmulated(state.facts.config.parallel));
  if (!wanted && !running) return null;
  return (
    <span className={styles.badge} data-testid="emulated">
      <Term id="emulatedLinks">{t.mesh.emulated}</Term>
    </span>
  );
}
