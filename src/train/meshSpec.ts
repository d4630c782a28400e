// What a run over a mesh is, the same for all of its ranks. Plain data.

import type { MeshSettings } from '../parallel/meshLayout';

export interface MeshSpec extends MeshSettings {
  /** Keep logits, hidden states and what attention weights follow from, of evaluation programs. */
  readonly keepOutputs: boolean;
}
