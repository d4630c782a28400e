// The settings that decide where everything lies, as pictures ask for them: the model with its vocabulary resolved, kept the same object for as
// long as it says the same.

import { useMemo } from 'react';
import type { MeshSettings } from '../../parallel/meshLayout';
import { type MeshIssue, meshIssues } from '../../parallel/meshRules';
import { useRun } from '../stores/runStore';
import { useSetup } from '../stores/setupStore';

/** Until the text has been read. */
const GUESSED_VOCABULARY = 96;

export function useVocabularySize(): number {
  const set = useSetup((state) => state.config.model.vocab_size);
  const read = useRun((state) => state.data?.vocabularySize ?? GUESSED_VOCABULARY);
  return set === 0 ? read : set;
}

export function useMeshSettings(): { readonly settings: MeshSettings; readonly issue: MeshIssue | null } {
  const config = useSetup((state) => state.config);
  const vocabulary = useVocabularySize();
  const { model: given, train, parallel, lora } = config;
  const model = useMemo(() => ({ ...given, vocab_size: vocabulary }), [given, vocabulary]);
  return useMemo(
    () => ({ settings: { model, train, parallel, lora }, issue: meshIssues(config, vocabulary)[0] ?? null }),
    [config, model, train, parallel, lora, vocabulary],
  );
}
