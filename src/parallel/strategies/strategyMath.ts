// What each strategy changes in the mathematics of synchronous training, with where it comes from. Data for whoever explains it; the page
// has its own words in each language.

import type { StrategyName } from '../../core/runConfig';

export interface StrategyMath {
  /** One update, in symbols: g_i is the gradient of replica i's rows, U the optimiser, w_i = rows_i / rows. */
  readonly formula: string;
  readonly source: { readonly title: string; readonly url: string } | null;
}

export const strategyMath: Readonly<Record<StrategyName, StrategyMath>> = {
  sync: { formula: 'p ← U(p, Σ wᵢ gᵢ(p))', source: null },
  async: {
    formula: 'p ← U(p, gᵢ(p_old)),  version(p) − version(p_old) ≤ s',
    source: {
      title: 'Ho et al. 2013, More effective distributed ML via a stale synchronous parallel parameter server',
      url: 'https://papers.nips.cc/paper/2013/hash/b7bb35b9c6ca2aee2df08cf09d7016c2-Abstract.html',
    },
  },
  'local-sgd': {
    formula: 'H times: pᵢ ← Uᵢ(pᵢ, gᵢ(pᵢ));  then p ← Σ wᵢ pᵢ',
    source: {
      title: 'Stich 2019, Local SGD converges fast and communicates little',
      url: 'https://arxiv.org/abs/1805.09767',
    },
  },
  diloco: {
    formula: 'H times: pᵢ ← Uᵢ(pᵢ, gᵢ(pᵢ));  then Δ = p − Σ wᵢ pᵢ,  v ← μ v + Δ,  p ← p − η (Δ + μ v)',
    source: {
      title: 'Douillard et al. 2023, DiLoCo: distributed low-communication training of language models',
      url: 'https://arxiv.org/abs/2311.08105',
    },
  },
};
