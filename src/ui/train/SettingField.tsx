// One setting as a form field: keeps what is typed until it is valid, says got and takes where it is not.
// The schema judges through setupStore; this only shows.

import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { likeModel } from '../../core/modelConfig';
import { fieldName, issueText } from '../i18n/issueText';
import { isTermId, type Texts, useText } from '../i18n/useText';
import form from '../parts/Form.module.css';
import { type FieldNote, presetConfig, type SetupState, setField, useSetup } from '../stores/setupStore';
import type { FieldSpec } from './fields';

export function SettingField({ spec }: { readonly spec: FieldSpec }) {
  const texts = useText();
  const { t } = texts;
  const path = `${spec.section}.${spec.name}`;
  const id = useId();
  const value = useSetup((state) => valueIn(state.config[spec.section], spec.name));
  const presetValue = useSetup((state) => presetValueOf(state, spec));
  const applies = useSetup((state) => spec.applies(state.config));
  const note = useSetup((state) => state.notes[path]);
  const changed = !Object.is(value, presetValue);
  const noteId = note === undefined ? undefined : `${id}-note`;
  const changedId = changed ? `${id}-preset` : undefined;
  const describedBy = [noteId, changedId].filter((part) => part !== undefined).join(' ') || undefined;
  const common = { id, 'aria-describedby': describedBy, 'aria-invalid': note?.refused ? (true as const) : undefined };

  return (
    <div className={applies ? form.field : `${form.field} ${form.idle}`} data-field={path}>
      <div className={form.label}>
        <label htmlFor={id}>
          <span data-term={isTermId(path, texts) ? path : undefined}>{fieldName(path, texts)}</span>
        </label>
        {changed ? (
          <span id={changedId} className={form.edited} title={t.settings.notDefault(shownValue(presetValue, texts))}>
            <span className="visually-hidden">{t.settings.notDefault(shownValue(presetValue, texts))}</span>
          </span>
        ) : null}
      </div>
      {spec.kind.kind === 'switch' ? (
        <input
          {...common}
          type="checkbox"
          className={form.switch}
          checked={value === true}
          onChange={(event) => setField(spec.section, spec.name, event.target.checked)}
        />
      ) : spec.kind.kind === 'choice' ? (
        <select
          {...common}
          className={form.input}
          value={String(value)}
          onChange={(event) => setField(spec.section, spec.name, event.target.value)}
        >
          {spec.kind.options.map((option) => (
            <option key={option} value={option}>
              {choiceName(option, texts)}
            </option>
          ))}
        </select>
      ) : (
        <TypedInput spec={spec} value={value} common={common} />
      )}
      {note === undefined ? null : <FieldNoteText id={noteId} note={note} value={value} />}
    </div>
  );
}

interface FieldNoteTextProps {
  readonly id?: string | undefined;
  readonly note: FieldNote;
  /** What stays where the edit was refused. */
  readonly value: unknown;
}

/** Why an edit was refused, or what else it changed. */
export function FieldNoteText({ id, note, value }: FieldNoteTextProps) {
  const texts = useText();
  const { t } = texts;
  const { refused, adjusted } = note;
  return (
    <p id={id} className={refused ? form.refused : form.adjusted} role={refused ? 'alert' : 'status'}>
      {refused ? (
        <>
          {t.settings.got(refused.got)} {t.settings.takes(issueText(refused, texts))}{' '}
          {t.settings.kept(shownValue(value, texts))}
        </>
      ) : (
        adjusted
          .map((change) => t.settings.alsoChanged(fieldName(change.path, texts), shownValue(change.value, texts)))
          .join(' ')
      )}
    </p>
  );
}

interface TypedInputProps {
  readonly spec: FieldSpec;
  readonly value: unknown;
  readonly common: {
    readonly id: string;
    readonly 'aria-describedby': string | undefined;
    readonly 'aria-invalid': true | undefined;
  };
}

/** Text and numbers are judged as they are typed; a draft that was refused stays visible until the field is left. */
export function TypedInput({ spec, value, common }: TypedInputProps) {
  const { t } = useText();
  const shown = value === null ? '' : String(value);
  const [draft, setDraft] = useState(shown);
  useEffect(() => setDraft((current) => (parsed(current, spec) === value ? current : shown)), [shown, value, spec]);
  const numeric = spec.kind.kind === 'number';
  const take = (text: string) => {
    setDraft(text);
    setField(spec.section, spec.name, parsed(text, spec));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') event.currentTarget.blur();
    if (numeric && typeof value === 'number' && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      take(String(stepped(value, event.key === 'ArrowUp', spec)));
    }
  };
  return (
    <input
      {...common}
      type="text"
      inputMode={numeric ? 'decimal' : 'text'}
      spellCheck={false}
      autoComplete="off"
      className={numeric ? `${form.input} ${form.number}` : form.input}
      value={draft}
      placeholder={spec.kind.kind === 'number' && spec.kind.nullable ? t.settings.auto : undefined}
      onChange={(event) => take(event.target.value)}
      onKeyDown={onKeyDown}
      onBlur={() => {
        setDraft(shown);
        if (common['aria-invalid']) setField(spec.section, spec.name, value);
      }}
    />
  );
}

/** What was typed as the schema's type; text that is no number stays text, to be refused as such. */
function parsed(text: string, spec: FieldSpec): unknown {
  if (spec.kind.kind !== 'number') return text;
  const trimmed = text.trim();
  if (trimmed === '') return spec.kind.nullable ? null : text;
  const value = Number(trimmed);
  return Number.isNaN(value) ? text : value;
}

/** Arrow keys: whole numbers by one, rates along 1, 2, 5, 10. */
function stepped(value: number, up: boolean, spec: FieldSpec): number {
  if (spec.kind.kind === 'number' && spec.kind.whole) return value + (up ? 1 : -1);
  if (value <= 0) return up ? 0.01 : 0;
  const scale = 10 ** Math.floor(Math.log10(value) + 1e-9);
  const rungs = [0.5, 1, 2, 5, 10].map((factor) => Number((factor * scale).toPrecision(1)));
  const next = up ? rungs.find((rung) => rung > value * 1.001) : rungs.findLast((rung) => rung < value * 0.999);
  return next ?? value;
}

/** What the preset says, or for a field of a family that is not the preset's, that family's default. */
function presetValueOf({ presetId, config }: SetupState, { section, name }: FieldSpec): unknown {
  const preset = presetConfig(presetId);
  const other = section === 'model' && name !== 'model_type' && config.model.model_type !== preset.model.model_type;
  return valueIn(other ? likeModel(config.model.model_type, preset.model) : preset[section], name);
}

function valueIn(section: Readonly<Record<string, unknown>>, name: string): unknown {
  return section[name];
}

export function choiceName(option: string, { t }: Texts): string {
  const names: Readonly<Record<string, string>> = t.settings.choices;
  return names[option] ?? option;
}

function shownValue(value: unknown, texts: Texts): string {
  if (value === null) return texts.t.settings.auto;
  if (typeof value === 'boolean') return value ? texts.t.settings.yes : texts.t.settings.no;
  return typeof value === 'number' ? texts.format.plain(value) : choiceName(String(value), texts);
}
