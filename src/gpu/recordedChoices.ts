// Kernel choices from a record: what one rank measured, all ranks of its run follow, so that tuning never makes them differ. It measures nothing.

import type { AdapterFacts } from '../core/records';
import type { KernelChoices, KernelFamilyName } from './kernelChoices';
import { familyOf, type MatmulProblem, type MatmulVariant } from './matmul/plan';
import { candidateVariants, defaultVariant } from './matmul/variants';

export interface ChoiceRecord {
  readonly family: KernelFamilyName;
  /** flops per millisecond that the family's probe reached. */
  readonly flopsPerMs: number;
  /** Variant id by problem key. */
  readonly matmul: Readonly<Record<string, string>>;
}

export function problemKey(problem: MatmulProblem): string {
  const { m, n, k, ta, tb, bias, act, aux, residual, accumulate, biasGrad } = problem;
  return `${m}x${n}x${k} ${ta ? 'T' : 'N'}${tb ? 'T' : 'N'} ${Number(bias)}${act}${aux}${Number(residual)}${Number(accumulate)}${Number(biasGrad)}`;
}

/** The variants of a problem that the family has on this device. */
export function familyVariants(family: KernelFamilyName, facts: AdapterFacts, problem: MatmulProblem): MatmulVariant[] {
  return candidateVariants(problem, facts).filter((variant) => familyOf(variant) === family);
}

/** What the record says of a problem, or the family's default. */
export function chosenVariant(record: ChoiceRecord, facts: AdapterFacts, problem: MatmulProblem): MatmulVariant {
  const remembered = record.matmul[problemKey(problem)];
  const candidates = remembered === undefined ? [] : familyVariants(record.family, facts, problem);
  return candidates.find(({ id }) => id === remembered) ?? defaultVariant(problem, record.family, facts);
}

export function recordedChoices(record: ChoiceRecord, facts: AdapterFacts): KernelChoices {
  return {
    family: record.family,
    limits: facts.limits,
    features: facts.features,
    matmul: (problem) => chosenVariant(record, facts, problem),
    describe: () => [`family ${record.family}`, 'as the run records'],
  };
}
