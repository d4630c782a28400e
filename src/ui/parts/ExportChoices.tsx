// How a model's folder is to be written: whole or in another form, the type of its weights, and how much of them one file holds.

import { type ExportForm, type ExportOptions, exportForms, floatDtypes } from '../../core/exportOptions';
import { useText } from '../i18n/useText';
import styles from './ExportChoices.module.css';

/** Tensors of one file: small enough to see shards with the lab's own models, and what hubs take. */
const SHARD_BYTES = [2 ** 20, 2 ** 24, 2 ** 28, 2 ** 31];

interface ExportChoicesProps {
  readonly options: ExportOptions;
  /** Those that there are; the whole model alone where left out. */
  readonly forms?: readonly ExportForm[];
  readonly onChange: (options: ExportOptions) => void;
}

export function ExportChoices({ options, forms = ['merged'], onChange }: ExportChoicesProps) {
  const { t, format } = useText();
  const { form = 'merged', dtype = 'F32', maxShardBytes } = options;
  const setShards = (value: string) => {
    const { maxShardBytes: _, ...rest } = options;
    onChange(value === '' ? rest : { ...rest, maxShardBytes: Number(value) });
  };
  return (
    <div className={styles.choices}>
      {forms.length === 1 ? null : (
        <label>
          {t.exports.form}
          <select
            value={form}
            onChange={({ target }) =>
              onChange({ ...options, form: exportForms.find((known) => known === target.value) ?? 'merged' })
            }
          >
            {forms.map((known) => (
              <option key={known} value={known}>
                {t.exports.forms[known]}
              </option>
            ))}
          </select>
        </label>
      )}
      <label>
        {t.exports.dtype}
        <select
          disabled={form === 'shards'}
          value={dtype}
          onChange={({ target }) =>
            onChange({ ...options, dtype: floatDtypes.find((known) => known === target.value) ?? 'F32' })
          }
        >
          {floatDtypes.map((known) => (
            <option key={known}>{known}</option>
          ))}
        </select>
      </label>
      <label>
        {t.exports.shardSize}
        <select
          disabled={form !== 'merged'}
          value={String(maxShardBytes ?? '')}
          onChange={({ target }) => setShards(target.value)}
        >
          <option value="">{t.exports.oneFile}</option>
          {SHARD_BYTES.map((bytes) => (
            <option key={bytes} value={bytes}>
              {t.exports.upTo(format.bytes(bytes))}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
