// What to do to the weights: rounding and pruning.

import { FileDigit } from 'lucide-react';
import { type FormEvent, useId, useState } from 'react';
import { modelSizes } from '../../core/modelConfig';
import { type Pruning, pruningNames } from '../../core/quantization/prune';
import { groupSizes, type QuantizationScheme } from '../../core/quantization/scheme';
import { useText } from '../i18n/useText';
import { compressController } from '../labControllerCompress';
import { Key } from '../parts/Buttons';
import { useCompress } from '../stores/compressStore';
import { usePlay } from '../stores/playStore';
import { useRun } from '../stores/runStore';
import styles from './CompressPanel.module.css';

/** WGSL's name of what products of 8-bit activations take. */
const DOT_FEATURE = 'packed_4x8_integer_dot_product';

/** As the form names them: `int4-32` has groups of 32. */
function schemeOf(choice: string): QuantizationScheme | null {
  if (choice === 'int8') return { name: 'int8' };
  const group = groupSizes.find((size) => choice === `int4-${size}`);
  return group === undefined ? null : { name: 'int4', group };
}

function pruningOf(choice: string, sparsity: number): Pruning | null {
  const name = pruningNames.find((known) => known === choice);
  return name === undefined ? null : { name, sparsity };
}

/** @param tokens held-out ones that judge, at most */
export function CompressForm({ tokens }: { readonly tokens: number }) {
  const { t, termName } = useText();
  const words = t.play.compress;
  const id = useId();
  const [rounding, setRounding] = useState('int8');
  const [dot, setDot] = useState(false);
  const [pruned, setPruned] = useState('');
  const [sparsity, setSparsity] = useState('0.5');
  const busy = useCompress((state) => state.state !== 'idle');
  const hasDot = useRun((state) => state.adapter?.features.includes(DOT_FEATURE) === true);
  const ready = usePlay(
    ({ model, state }) => model !== null && state === 'idle' && modelSizes(model.config).task === 'causal-lm',
  );
  const scheme = schemeOf(rounding);
  const share = Math.max(0, Math.min(0.99, Number(sparsity) || 0));
  const pruning = pruningOf(pruned, share);
  const useDot = dot && hasDot && scheme?.name === 'int8';
  const nothing = scheme === null && pruning === null;
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (ready && !busy && !nothing) void compressController.compress({ scheme, pruning, dot: useDot, tokens });
  };
  return (
    <form className={styles.form} onSubmit={submit} aria-label={words.rounded}>
      <h3 className={styles.heading}>{words.rounded}</h3>
      <label>
        <span data-term="playQuantization">{termName('playQuantization')}</span>
        <select value={rounding} onChange={({ target }) => setRounding(target.value)}>
          <option value="">{words.keep}</option>
          <option value="int8">int8</option>
          {groupSizes.map((size) => (
            <option key={size} value={`int4-${size}`}>
              {words.group(size)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span data-term="playPruning">{termName('playPruning')}</span>
        <select value={pruned} onChange={({ target }) => setPruned(target.value)}>
          <option value="">{words.noPruning}</option>
          <option value="magnitude">{words.magnitude}</option>
          <option value="2:4">2:4</option>
        </select>
      </label>
      {pruned === 'magnitude' ? (
        <label>
          {words.sparsity}
          <input
            type="number"
            min={0}
            max={0.99}
            step={0.05}
            value={sparsity}
            onChange={({ target }) => setSparsity(target.value)}
          />
        </label>
      ) : null}
      {rounding === 'int8' ? (
        <label className={styles.check} htmlFor={id} title={hasDot ? undefined : words.noDot}>
          <input
            id={id}
            type="checkbox"
            checked={useDot}
            disabled={!hasDot}
            onChange={({ target }) => setDot(target.checked)}
          />
          {words.dot}
        </label>
      ) : null}
      <Key
        icon={FileDigit}
        disabled={!ready || busy || nothing}
        title={nothing ? words.nothing : undefined}
        onClick={submit}
      >
        {words.run}
      </Key>
    </form>
  );
}
