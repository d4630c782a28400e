// What a field takes, in the person's language: the schema's check says it in English; this reads its few forms and
// says them again. A form it does not know stays in English, which is better than silence.

import type { FieldIssue } from '../../core/errors';
import type { MeshIssue } from '../../parallel/meshRules';
import { isTermId, type Texts } from './useText';

/** What the field of an issue takes. A rule of the mesh is known by its name, others by their words. */
export function issueText(issue: FieldIssue | MeshIssue, texts: Texts): string {
  return 'rule' in issue ? texts.t.mesh.rules[issue.rule](issue.numbers) : expectedText(issue.expected, texts);
}

export function expectedText(expected: string, texts: Texts): string {
  const { t, format } = texts;
  const words = t.settings;
  const [rule = expected] = expected.split('; ');
  const nullable = rule.endsWith(', or null');
  const plain = nullable ? rule.slice(0, -', or null'.length) : rule;
  const number = (text: string | undefined) => format.significant(Number(text), 6);

  const range = /^(a whole|a) number from (\S+) to (\S+)$/.exec(plain);
  if (range) {
    const say = range[1] === 'a whole' ? words.wholeNumber : words.number;
    const text = say(number(range[2]), number(range[3]));
    return nullable ? words.orEmpty(text) : text;
  }
  const tied = /^(a divisor of|at most|above) (\S+) = (\S+)$/.exec(plain);
  if (tied) {
    const { atMost, above, divisorOf } = words.rules;
    const say = tied[1] === 'at most' ? atMost : tied[1] === 'above' ? above : divisorOf;
    return say(fieldName(tied[2] ?? '', texts), number(tied[3]));
  }
  const length = /^text of at most (\S+) characters$/.exec(plain);
  if (length) return words.textUpTo(number(length[1]));
  if (plain === 'an even number') return words.rules.even;
  const modules = /^names of linear layers: (.+)$/.exec(plain);
  if (modules) return words.rules.linearLayers(modules[1] ?? '');
  const bare = /^an adapter on every pipeline stage: stage (\d+), layers (\d+) to (\d+), has none$/.exec(plain);
  if (bare) return words.rules.bareStage(bare[1] ?? '', bare[2] ?? '', bare[3] ?? '');
  if (plain.startsWith('joined: only shards ')) return words.rules.documentsUnknown;
  const bothWays = /^joined: tokens of model.model_type = (\S+) see /.exec(plain);
  if (bothWays) return words.rules.documentsBothWays(bothWays[1] ?? '');
  if (plain.startsWith('one of ')) return words.oneOf(plain.slice('one of '.length));
  return expected;
}

/** A setting by its name, or its path where it is none of ours. */
export function fieldName(path: string, texts: Texts): string {
  return isTermId(path, texts) ? texts.termName(path) : path;
}
