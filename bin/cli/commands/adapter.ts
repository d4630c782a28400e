// `lab adapter`: what the browser says of the adapter, and what the lab could use of it.

import { adapterName, type Command } from '../command';

export const adapter: Command = async () => async (lab) => {
  const facts = lab.adapter;
  const { reporter } = lab;
  reporter.result(adapterName(facts));
  reporter.result(`  profile   ${facts.profile}`);
  reporter.result(`  features  ${facts.features.join(', ') || 'none'}`);
  for (const { name, reason } of facts.missing) reporter.result(`  missing   ${name}: ${reason}`);
  for (const [name, limit] of Object.entries(facts.limits)) reporter.result(`  ${name.padEnd(44)} ${limit}`);
  return { ok: true, summary: { adapter: facts } };
};
