// A whole number with a key to either side of it.

import { Minus, Plus } from 'lucide-react';
import type { ReactNode } from 'react';
import { useId } from 'react';
import { IconButton } from '../parts/Buttons';
import { type SectionName, setField, useSetup } from '../stores/setupStore';
import type { FieldSpec } from '../train/fields';
import { TypedInput } from '../train/SettingField';
import styles from './CountStepper.module.css';

interface CountStepperProps {
  readonly section: SectionName;
  readonly spec: FieldSpec;
  readonly count: number;
  readonly label: ReactNode;
  readonly fewer: string;
  readonly more: string;
  readonly disabled?: boolean;
}

export function CountStepper({ section, spec, count, label, fewer, more, disabled = false }: CountStepperProps) {
  const id = useId();
  const path = `${section}.${spec.name}`;
  const refused = useSetup((state) => state.notes[path]?.refused != null);
  return (
    <div className={styles.stepper} data-field={path}>
      <label htmlFor={id}>{label}</label>
      <div className={styles.keys}>
        <IconButton
          icon={Minus}
          label={fewer}
          disabled={disabled || count <= 1}
          onClick={() => setField(section, spec.name, count - 1)}
        />
        <TypedInput
          spec={spec}
          value={count}
          common={{ id, 'aria-describedby': undefined, 'aria-invalid': refused || undefined }}
        />
        <IconButton
          icon={Plus}
          label={more}
          disabled={disabled}
          onClick={() => setField(section, spec.name, count + 1)}
        />
      </div>
    </div>
  );
}
