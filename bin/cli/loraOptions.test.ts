// The words of --lora as fields, and what is refused.

import { expect, test } from 'vitest';
import { loraFields } from './loraOptions';
import { UsageError } from './usage/commandSpec';

test.each([
  ['r=8', { r: 8 }],
  ['r=8,alpha=16,targets=c_attn', { r: 8, lora_alpha: 16, target_modules: 'c_attn' }],
  [
    'targets=q_proj,v_proj,alpha=0.5,r=2,dropout=0.1,rslora=true',
    { target_modules: 'q_proj,v_proj', lora_alpha: 0.5, r: 2, lora_dropout: 0.1, use_rslora: true },
  ],
] as const)('%s', (text, fields) => {
  expect(loraFields(text)).toEqual(fields);
});

test('left out, nothing changes', () => {
  expect(loraFields(undefined)).toEqual({});
});

test.each(['', 'alpha=16', 'r=0', 'r=x', 'r=8,c_attn', 'r=8,targets=', 'r=8,r=9', 'r=8,dropout=x', 'r=8,rslora=1'])(
  "'%s' is refused, with what is taken",
  (text) => {
    expect(() => loraFields(text)).toThrow(UsageError);
    expect(() => loraFields(text)).toThrow(/--lora .*r=8,alpha=16,targets=c_attn/);
  },
);
