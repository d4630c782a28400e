// Whose sharding is shown: that of the workers of this page, or of a cluster that is only planned.

import { useText } from '../i18n/useText';
import { shardScopes, useView, viewStore } from '../stores/viewStore';
import styles from './ScopeSwitch.module.css';

export function ScopeSwitch() {
  const { t } = useText();
  const scope = useView((state) => state.scope);
  const hidden = useView((state) => state.hidden.includes('scope'));
  if (hidden) return null;
  return (
    <fieldset className={styles.switch} aria-label={t.shard.scope.label}>
      {shardScopes.map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={scope === name}
          onClick={() => viewStore.setState({ scope: name })}
        >
          {t.shard.scope[name]}
        </button>
      ))}
    </fieldset>
  );
}
