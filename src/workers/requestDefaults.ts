// A request with what it leaves out filled in: by the loaded folder's own settings, and then by the lab's. Pure.

import type { GenerateRequest, GenerationDefaults, NamedValue } from '../core/records';

/** Where neither the request nor the folder says. */
const MOST_TOKENS = 64;

const drawn = ['maxTokens', 'temperature', 'topK', 'topP', 'minP', 'repetitionPenalty', 'stop'] as const;
const fields = [...drawn, 'beams', 'lengthPenalty', 'earlyStopping'] as const;

/** @param promptTokens that a length of prompt and text together leaves the rest of */
export function withDefaults(
  request: GenerateRequest,
  defaults: GenerationDefaults | null,
  promptTokens: number,
): { readonly request: GenerateRequest & { readonly maxTokens: number }; readonly fromFolder: readonly NamedValue[] } {
  const maxLength = defaults?.maxLength ?? null;
  const settings: GenerationDefaults['settings'] = {
    ...(maxLength === null ? {} : { maxTokens: Math.max(1, maxLength - promptTokens) }),
    ...defaults?.settings,
  };
  const asked = Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
  const fromFolder = fields.flatMap((field): NamedValue[] => {
    const value = settings[field];
    return value === undefined || field in asked ? [] : [{ field, value: JSON.stringify(value) }];
  });
  return {
    request: { ...request, ...settings, ...asked, maxTokens: request.maxTokens ?? settings.maxTokens ?? MOST_TOKENS },
    fromFolder,
  };
}
