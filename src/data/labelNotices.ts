// What the labels of records give to think of before anything is learnt from them: one class only, and labels that look like slips of another. Pure.

import { editDistance } from '../core/editDistance';
import type { LabErrorData } from '../core/errors';
import type { LabelledRecord } from '../core/sequenceRecords';
import { isLabelled, isTagged } from './labelledRecords';

/** A label that another one like it is so many times as frequent as. */
const RARE = 20;
/** Slips that are told, and records that are named of each. */
const SHOWN = 5;

interface Uses {
  count: number;
  /** From 1, the first ones. */
  readonly records: number[];
}

export function labelNotices(records: readonly LabelledRecord[]): readonly LabErrorData[] {
  const uses = new Map<string, Uses>();
  let asked = false;
  for (const [i, record] of records.entries()) {
    const labels = isLabelled(record) ? [record.label] : isTagged(record) ? record.spans.map(({ label }) => label) : [];
    asked ||= isLabelled(record);
    for (const label of labels) {
      const use = uses.get(label) ?? { count: 0, records: [] };
      uses.set(label, use);
      use.count++;
      if (use.records.length < SHOWN && use.records.at(-1) !== i + 1) use.records.push(i + 1);
    }
  }
  const slips = [...uses].flatMap(([label, use]) => slipNotice(label, use, uses));
  const [only] = uses.keys();
  return asked && uses.size === 1 ? [onlyNotice(only, records.length)] : slips.slice(0, SHOWN);
}

function onlyNotice(label: string, records: number): LabErrorData {
  return {
    code: 'data.invalid',
    message: `All ${records} records have the label ${JSON.stringify(label)}.`,
    why: 'With one class there is nothing to tell apart, and nothing to learn.',
    advice: 'Give records of other classes too.',
  };
}

function slipNotice(label: string, { count, records }: Uses, all: ReadonlyMap<string, Uses>): LabErrorData[] {
  const meant = [...all].find(([other, use]) => use.count >= RARE * count && looksLike(label, other));
  if (meant === undefined) return [];
  const [other, { count: often }] = meant;
  const more = count > records.length ? ' and others' : '';
  return [
    {
      code: 'data.invalid',
      message: `The label ${JSON.stringify(label)} looks like ${JSON.stringify(other)}.`,
      why: `It stands in record ${records.join(', ')}${more}; ${JSON.stringify(other)} stands ${often} times.`,
      advice: 'Correct it, unless it is meant to be a class of its own.',
    },
  ];
}

/** Not where numbers alone differ: those are names of classes. */
function looksLike(label: string, other: string): boolean {
  if (label === other || label.replace(/\d/g, '0') === other.replace(/\d/g, '0')) return false;
  const [a, b] = [label, other].map((each) => each.trim().toLowerCase());
  if (a === b) return true;
  const length = Math.min(a.length, b.length);
  return length >= 4 && editDistance(a, b) <= (length >= 8 ? 2 : 1);
}
