// Cases of the operations that only look: through Trace and Program. Test-only.

import { topTokens } from '../../reference/topTokens';
import { EXP, matrix, type OperationCase } from './operationCase';

export function topTokensCases(): OperationCase[] {
  const [rows, vocabulary, top] = [3, 37, 4];
  const logits = matrix('logits', rows, vocabulary);
  const targets = Int32Array.of(5, -100, 36);
  return [
    {
      name: `the best ${top}`,
      run: {
        parameters: { logits },
        named: { targets: { type: 'i32', values: targets } },
        build: ({ trace, leaf, named }) => ({
          ranking: trace.apply('topTokens', { logits: leaf('logits'), targets: named('targets') }, { top }, ['ranking'])
            .ranking,
        }),
        seeds: {},
      },
      outputs: {
        ranking: { values: topTokens({ logits: logits.values, targets, vocabulary, top }), terms: 1, factor: EXP },
      },
      gradients: { logits: { values: new Float64Array(logits.values.length), terms: 1 } },
    },
  ];
}
