// What was read of a model's folder, as a short list.

import { useText } from '../i18n/useText';
import type { StartingModel } from '../stores/setupStore';
import styles from './Imports.module.css';

/** What was read: name, class, parameters and their types, tokenizer. */
export function ModelSummaryList({ model: { name, summary } }: { readonly model: StartingModel }) {
  const { t, format } = useText();
  const { architecture, parameterCount, dtypes, bytes, tokenizer } = summary;
  const single = dtypes.length === 1;
  const types = dtypes.map(({ dtype, parameters }) =>
    single ? dtype : t.imports.dtype(dtype, format.integer(parameters)),
  );
  return (
    <ul className={styles.summary} aria-label={t.imports.read}>
      <li>
        <strong>{name}</strong>, {architecture}, {format.bytes(bytes)}
      </li>
      <li>{t.imports.parameters(format.integer(parameterCount), types.join(', '))}</li>
      <li>
        {tokenizer === null
          ? t.imports.noTokenizer
          : t.imports.tokenizer(tokenizer.type, format.integer(tokenizer.vocabularySize), tokenizer.from.join(', '))}
      </li>
    </ul>
  );
}
