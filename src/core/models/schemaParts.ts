// Number ranges that the schemas are written with. Pure.

import * as v from 'valibot';

export const integer = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
export const finite = (min: number, max: number) => v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));

/** Names of a classifier's classes. */
export const labelsSchema = v.optional(
  v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.minLength(1), v.maxLength(10_000)),
  ['LABEL_0', 'LABEL_1'],
);
