// A smaller student for the model that is played with: its sizes, its steps, and how much of its loss the teacher has. What cannot be says so before
// anything is trained.

import { GraduationCap } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { modelSizes } from '../../core/modelConfig';
import { halfOf } from '../../core/student';
import { parameterCount } from '../../model/shapes/modelShapes';
import { fieldName, issueText } from '../i18n/issueText';
import { useText } from '../i18n/useText';
import { compressController } from '../labControllerCompress';
import { Key } from '../parts/Buttons';
import { useCompress } from '../stores/compressStore';
import { usePlay } from '../stores/playStore';
import styles from './CompressPanel.module.css';

const names = ['layers', 'width', 'heads', 'steps', 'temperature', 'alpha'] as const;
type Name = (typeof names)[number];

const STEPS = 200;
const fixed = { steps: String(STEPS), temperature: '2', alpha: '0.5' };
const ranges: Readonly<Record<Name, readonly [min: number, max: number, step: number]>> = {
  layers: [1, 512, 1],
  width: [1, 65_536, 1],
  heads: [1, 512, 1],
  steps: [1, 1_000_000, 1],
  temperature: [0.1, 100, 0.5],
  alpha: [0, 1, 0.1],
};

function isIn(name: Name, text: string): boolean {
  const [min, max, step] = ranges[name];
  const value = Number(text);
  return text.trim() !== '' && value >= min && value <= max && (step % 1 !== 0 || Number.isInteger(value));
}

/** @param tokens held-out ones that judge, at most */
export function DistillForm({ tokens }: { readonly tokens: number }) {
  const texts = useText();
  const { t, format, termName } = texts;
  const words = t.play.compress.distil;
  const model = usePlay((state) => state.model);
  const idle = usePlay((state) => state.state === 'idle');
  const busy = useCompress((state) => state.state !== 'idle');
  const [typed, setTyped] = useState<Readonly<Record<Name, string>>>({ layers: '', width: '', heads: '', ...fixed });
  useEffect(() => {
    if (model === null) return;
    const { layers, width, heads } = halfOf(model.config);
    setTyped((now) => ({ ...now, layers: String(layers), width: String(width), heads: String(heads) }));
  }, [model]);
  const bad = names.find((name) => !isIn(name, typed[name]));
  const [layers, width, heads, steps] = [typed.layers, typed.width, typed.heads, typed.steps].map(Number);
  const sizes = { layers: layers ?? 1, width: width ?? 1, heads: heads ?? 1 };
  const writes = model !== null && modelSizes(model.config).task === 'causal-lm';
  const student = writes && bad === undefined ? compressController.student(model, sizes, steps ?? 1) : null;
  const issue = student?.issues[0];
  const ready = student !== null && issue === undefined && idle && !busy;
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (!ready) return;
    const { temperature, alpha } = typed;
    const asked = { ...sizes, steps: steps ?? 1, temperature: Number(temperature), alpha: Number(alpha) };
    void compressController.distill(asked, tokens);
  };
  const labels: Readonly<Record<Name, string>> = {
    layers: words.layers,
    width: words.width,
    heads: words.heads,
    steps: words.steps,
    temperature: termName('playDistilTemperature'),
    alpha: termName('playDistilShare'),
  };
  const terms: Partial<Record<Name, string>> = { temperature: 'playDistilTemperature', alpha: 'playDistilShare' };
  const refusal = (): string | null => {
    if (bad !== undefined) return words.range(labels[bad], format.plain(ranges[bad][0]), format.plain(ranges[bad][1]));
    return issue === undefined ? null : words.cannot(fieldName(issue.path, texts), issue.got, issueText(issue, texts));
  };
  const refused = writes ? refusal() : null;
  const count = student === null ? 0 : parameterCount(student.config.model);
  return (
    <form className={styles.form} onSubmit={submit} aria-label={words.title}>
      <h3 className={styles.heading}>
        <span data-term="playDistillation">{words.title}</span>
      </h3>
      {names.map((name) => (
        <label key={name} className={styles.short}>
          <span data-term={terms[name]}>{labels[name]}</span>
          <input
            type="number"
            min={ranges[name][0]}
            max={ranges[name][1]}
            step={ranges[name][2]}
            value={typed[name]}
            aria-invalid={model !== null && !isIn(name, typed[name])}
            onChange={({ target }) => setTyped((now) => ({ ...now, [name]: target.value }))}
          />
        </label>
      ))}
      <Key icon={GraduationCap} disabled={!ready} onClick={submit}>
        {words.run}
      </Key>
      {refused === null ? null : (
        <p className={styles.refused} role="alert">
          {refused}
        </p>
      )}
      {refused !== null || student === null || model === null ? null : (
        <p className={styles.said}>
          {words.student(
            format.integer(count),
            format.percent(count / parameterCount(model.config)),
            format.integer(student.config.train.batchSize * student.config.train.sequenceLength),
          )}
        </p>
      )}
    </form>
  );
}
