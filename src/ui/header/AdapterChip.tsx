// Names the adapter in the header; a click tells what the browser said of it. A software adapter is named as such.

import type { AdapterFacts } from '../../core/records';
import { useText } from '../i18n/useText';
import { Popover } from '../parts/Popover';
import { Term } from '../parts/Term';
import { useRun } from '../stores/runStore';
import styles from './Header.module.css';

export function adapterName({ description, device, architecture, vendor }: AdapterFacts): string {
  const name = description || device || [vendor, architecture].filter((part) => part !== '').join(' ') || 'WebGPU';
  // Drivers put versions and addresses in brackets behind the name.
  return name.replace(/\s*\(.*$/, '').slice(0, 40);
}

export function AdapterChip() {
  const { t, format } = useText();
  const adapter = useRun((state) => state.adapter);
  const device = useRun((state) => state.device);
  if (adapter === null || device === 'absent') {
    return <span className={styles.chip}>{device === 'absent' ? t.header.noAdapter : t.header.opening}</span>;
  }
  const words = t.adapter;
  const face = (
    <>
      <span className={adapter.software ? styles.soft : styles.hard} aria-hidden />
      <span className={styles.chipName}>{adapterName(adapter)}</span>
      {adapter.software ? <span className={styles.tag}>{t.header.software}</span> : null}
    </>
  );
  const limit = (name: string) => {
    const value = adapter.limits[name];
    return value === undefined ? words.unknown : format.bytes(value);
  };
  return (
    <Popover
      label={`${t.header.adapter}: ${adapterName(adapter)}${adapter.software ? `, ${t.header.software}` : ''}`}
      face={face}
      className={styles.chip}
    >
      <h3 className={styles.layerTitle}>
        <Term id="adapter" />
      </h3>
      {adapter.software ? <p className={styles.said}>{t.header.softwareSaid}</p> : null}
      <dl className={styles.facts}>
        <dt>{words.kind}</dt>
        <dd>{adapter.software ? words.softwareKind : words.hardware}</dd>
        <dt>{words.vendor}</dt>
        <dd>{adapter.vendor || words.unknown}</dd>
        <dt>{words.architecture}</dt>
        <dd>{adapter.architecture || words.unknown}</dd>
        <dt>{words.device}</dt>
        <dd>{adapter.device || words.unknown}</dd>
        <dt>{words.description}</dt>
        <dd>{adapter.description || words.unknown}</dd>
        <dt>
          <Term id="limitsProfile">{words.profile}</Term>
        </dt>
        <dd>{words.profiles[adapter.profile]}</dd>
        <dt>{words.largestBuffer}</dt>
        <dd>{limit('maxBufferSize')}</dd>
        <dt>{words.largestBinding}</dt>
        <dd>{limit('maxStorageBufferBindingSize')}</dd>
        <dt>{words.features}</dt>
        <dd>{adapter.features.join(', ') || words.noFeatures}</dd>
        {adapter.missing.length === 0 ? null : (
          <>
            <dt>{words.missing}</dt>
            <dd>
              {adapter.missing.map(({ name, reason }) => (
                <span key={name} className={styles.lack}>
                  {name}: {reason}
                </span>
              ))}
            </dd>
          </>
        )}
      </dl>
    </Popover>
  );
}
