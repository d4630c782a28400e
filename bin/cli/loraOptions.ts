// The option that asks for adapters, as fields of a configuration's `lora`. It checks form alone: which modules a model has is the page's business.

import type { ConfigFields } from '../../src/ui/automationApi';
import { UsageError } from './usage/commandSpec';

const FORM = 'r=8,alpha=16,targets=c_attn (targets: several with commas, or all-linear; also dropout=0.1, rslora=true)';

/** `r=8,alpha=16,targets=c_attn,c_proj`: a word without a name goes on the list of targets. @throws UsageError for anything else */
export function loraFields(text: string | undefined): ConfigFields {
  if (text === undefined) return {};
  const numbers = new Map<string, number>();
  const targets: string[] = [];
  let stabilised: boolean | null = null;
  let inTargets = false;
  for (const part of text.split(',').map((word) => word.trim())) {
    const equals = part.indexOf('=');
    const [name, value] = equals < 0 ? ['', part] : [part.slice(0, equals), part.slice(equals + 1)];
    const refuse = (): never => {
      throw new UsageError(`--lora takes ${FORM}, not '${part}'`);
    };
    if (name === 'targets' || (name === '' && inTargets)) {
      if (!/^[\w.-]+$/.test(value)) refuse();
      targets.push(value);
    } else if (name === 'r' || name === 'alpha' || name === 'dropout') {
      if (!/^\d+(\.\d+)?$/.test(value) || numbers.has(name)) refuse();
      numbers.set(name, Number(value));
    } else if (name === 'rslora' && /^(true|false)$/.test(value)) stabilised = value === 'true';
    else refuse();
    inTargets = name === 'targets' || (name === '' && inTargets);
  }
  const r = numbers.get('r');
  if (r === undefined || r < 1) throw new UsageError(`--lora needs a rank of at least 1: ${FORM}`);
  const [alpha, dropout] = [numbers.get('alpha'), numbers.get('dropout')];
  return {
    r,
    ...(alpha === undefined ? {} : { lora_alpha: alpha }),
    ...(dropout === undefined ? {} : { lora_dropout: dropout }),
    ...(targets.length === 0 ? {} : { target_modules: targets.join(',') }),
    ...(stabilised === null ? {} : { use_rslora: stabilised }),
  };
}
