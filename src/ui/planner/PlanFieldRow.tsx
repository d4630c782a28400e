// One number, choice or switch of the planner as a row of its form: what was typed stays until it is valid, and a refusal says what is taken.
// The table of fields judges; this only shows.

import { Minus, Plus } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { expectedText } from '../i18n/issueText';
import { useText } from '../i18n/useText';
import { IconButton } from '../parts/Buttons';
import form from '../parts/Form.module.css';
import { setPlanField, usePlanner } from '../stores/plannerStore';
import styles from './PlannerForm.module.css';
import type { PlanField } from './planFields';

interface PlanFieldRowProps {
  readonly field: PlanField;
  /** Of a choice's options; the option itself where it is left out. */
  readonly names?: Readonly<Record<string, string>>;
  readonly unit?: string;
  readonly takes?: string;
  /** Differs from where it started: marked, with why in words. */
  readonly edited?: string | null;
}

export function PlanFieldRow({ field, names = {}, unit, takes, edited = null }: PlanFieldRowProps) {
  const texts = useText();
  const { t, termName } = texts;
  const id = useId();
  const value = usePlanner((state) => field.get(state.settings));
  const applies = usePlanner((state) => field.applies(state.settings.plan));
  const refused = usePlanner((state) => state.refused[field.key]);
  const noteId = refused === undefined ? undefined : `${id}-note`;
  const common = {
    id,
    'aria-describedby': noteId,
    'aria-invalid': refused === undefined ? undefined : (true as const),
  };
  return (
    <div className={`${form.field} ${styles.wide} ${applies ? '' : form.idle}`} data-plan-field={field.key}>
      <div className={form.label}>
        <label htmlFor={id}>
          <span data-term={field.term}>{termName(field.term)}</span>
        </label>
        {edited === null ? null : (
          <span className={form.edited} title={edited}>
            <span className="visually-hidden">{edited}</span>
          </span>
        )}
      </div>
      {field.kind === 'switch' ? (
        <input
          {...common}
          type="checkbox"
          className={form.switch}
          checked={value === true}
          onChange={(event) => setPlanField(field, event.target.checked)}
        />
      ) : field.kind === 'choice' ? (
        <select
          {...common}
          className={form.input}
          value={String(value)}
          onChange={(event) => setPlanField(field, event.target.value)}
        >
          {field.options.map((option) => (
            <option key={option} value={option}>
              {names[option] ?? option}
            </option>
          ))}
        </select>
      ) : (
        <span className={styles.typed}>
          <PlanNumber field={field} value={Number(value)} common={common} />
          {unit === undefined ? null : <span className={styles.unit}>{unit}</span>}
        </span>
      )}
      {refused === undefined ? null : (
        <p id={noteId} className={form.refused} role="alert">
          {t.planner.refused(refused, takes ?? expectedText(field.takes, texts))}
        </p>
      )}
    </div>
  );
}

interface PlanNumberProps {
  readonly field: PlanField;
  readonly value: number;
  readonly common: {
    readonly id: string;
    readonly 'aria-describedby': string | undefined;
    readonly 'aria-invalid': true | undefined;
  };
}

/** Judged as it is typed; arrow keys double and halve whole numbers, as ranks and batches go. */
function PlanNumber({ field, value, common }: PlanNumberProps) {
  const shown = String(value);
  const [draft, setDraft] = useState(shown);
  useEffect(() => setDraft((current) => (Number(current) === value ? current : shown)), [shown, value]);
  const take = (text: string) => {
    setDraft(text);
    setPlanField(field, text);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') event.currentTarget.blur();
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
    event.preventDefault();
    take(String(stepped(value, event.key === 'ArrowUp', field.whole)));
  };
  return (
    <input
      {...common}
      type="text"
      inputMode="decimal"
      spellCheck={false}
      autoComplete="off"
      className={`${form.input} ${form.number}`}
      value={draft}
      onChange={(event) => take(event.target.value)}
      onKeyDown={onKeyDown}
      onBlur={() => {
        setDraft(shown);
        if (common['aria-invalid']) setPlanField(field, value);
      }}
    />
  );
}

function stepped(value: number, up: boolean, whole: boolean): number {
  if (whole) return up ? value * 2 : Math.max(1, Math.floor(value / 2));
  return Number((value * (up ? 1.1 : 1 / 1.1)).toPrecision(3));
}

/** An axis of the mesh: keys that halve and double it, and its number. */
export function AxisKeys({ field, name }: { readonly field: PlanField; readonly name: string }) {
  const { t, termName } = useText();
  const id = useId();
  const value = usePlanner((state) => Number(field.get(state.settings)));
  const refused = usePlanner((state) => state.refused[field.key] !== undefined);
  return (
    <div className={styles.stepper} data-plan-field={field.key}>
      <label htmlFor={id}>
        <span data-term={field.term}>{termName(field.term)}</span>
      </label>
      <div className={styles.keys}>
        <IconButton
          icon={Minus}
          label={t.planner.plan.half(name)}
          disabled={value % 2 !== 0}
          onClick={() => setPlanField(field, value / 2)}
        />
        <PlanNumber
          field={field}
          value={value}
          common={{ id, 'aria-describedby': undefined, 'aria-invalid': refused || undefined }}
        />
        <IconButton icon={Plus} label={t.planner.plan.double(name)} onClick={() => setPlanField(field, value * 2)} />
      </div>
    </div>
  );
}
