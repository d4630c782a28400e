// One setting of the pipeline as a form field: keeps what is typed until it is valid, says got and takes where it is not.

import { useEffect, useId, useState } from 'react';
import { expectedText } from '../i18n/issueText';
import { isTermId, useText } from '../i18n/useText';
import form from '../parts/Form.module.css';
import { isBusy, setDataField, useData } from '../stores/dataStore';
import type { DataFieldSpec } from './dataFields';

export function DataField({ spec }: { readonly spec: DataFieldSpec }) {
  const texts = useText();
  const { t } = texts;
  const { section, name, path, kind } = spec;
  const id = useId();
  const value = useData((state) => valueIn(state.config[section], name));
  const refused = useData((state) => state.notes[path]);
  const disabled = useData(isBusy);
  const term = `pipeline.${path}`;
  const common = {
    id,
    disabled,
    'aria-invalid': refused === undefined ? undefined : (true as const),
    'aria-describedby': refused === undefined ? undefined : `${id}-note`,
  };
  return (
    <div className={form.field} data-field={path}>
      <div className={form.label}>
        <label htmlFor={id}>
          <span data-term={isTermId(term, texts) ? term : undefined}>
            {isTermId(term, texts) ? texts.termName(term) : name}
          </span>
        </label>
      </div>
      {kind === 'switch' ? (
        <input
          {...common}
          type="checkbox"
          className={form.switch}
          checked={value === true}
          onChange={({ target }) => setDataField(section, name, target.checked)}
        />
      ) : typeof kind === 'object' ? (
        <select
          {...common}
          className={form.input}
          value={String(value)}
          onChange={({ target }) => setDataField(section, name, target.value)}
        >
          {kind.map((option) => (
            <option key={option} value={option}>
              {choiceOf(t.dataView.choices, option)}
            </option>
          ))}
        </select>
      ) : (
        <Typed spec={spec} value={value} common={common} />
      )}
      {refused === undefined ? null : (
        <p id={`${id}-note`} className={form.refused} role="alert">
          {t.settings.got(refused.got)} {t.settings.takes(expectedText(refused.expected, texts))}
        </p>
      )}
    </div>
  );
}

interface TypedProps {
  readonly spec: DataFieldSpec;
  readonly value: unknown;
  readonly common: {
    readonly id: string;
    readonly disabled: boolean;
    readonly 'aria-invalid': true | undefined;
    readonly 'aria-describedby': string | undefined;
  };
}

function Typed({ spec: { section, name, kind }, value, common }: TypedProps) {
  const shown = shownText(value);
  const [draft, setDraft] = useState(shown);
  useEffect(() => setDraft(shown), [shown]);
  const numeric = kind === 'number';
  return (
    <input
      {...common}
      type="text"
      inputMode={numeric ? 'decimal' : 'text'}
      spellCheck={false}
      autoComplete="off"
      className={numeric ? `${form.input} ${form.number}` : form.input}
      value={draft}
      onChange={({ target }) => {
        setDraft(target.value);
        setDataField(section, name, parsed(target.value, kind));
      }}
      onBlur={() => {
        setDraft(shown);
        if (common['aria-invalid']) setDataField(section, name, value);
      }}
    />
  );
}

/** Line ends are typed as \n. */
function shownText(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value).replaceAll('\n', '\\n');
}

function parsed(text: string, kind: DataFieldSpec['kind']): unknown {
  if (kind === 'list')
    return text
      .split(/[,\uff0c]/)
      .map((each) => each.trim())
      .filter((each) => each !== '');
  if (kind === 'text') return text.replaceAll('\\n', '\n');
  const number = Number(text.trim());
  return text.trim() === '' || Number.isNaN(number) ? text : number;
}

function choiceOf(choices: Readonly<Record<string, string>>, option: string): string {
  return choices[option] ?? option;
}

function valueIn(section: Readonly<Record<string, unknown>>, name: string): unknown {
  return section[name];
}
