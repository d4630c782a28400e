// Which mesh the pictures show: that of the run where there is one over several ranks, else that of the set-up, as planned.

import { type MeshShape, meshSize } from '../../parallel/mesh';
import { useMesh } from '../stores/meshStore';
import { useSetup } from '../stores/setupStore';

/** Null where one worker does everything. */
export function useShownMesh(): { readonly shape: MeshShape; readonly planned: boolean } | null {
  const running = useMesh((state) => state.plan?.mesh ?? null);
  const wanted = useSetup((state) => state.config.parallel);
  if (running !== null) return { shape: running, planned: false };
  return meshSize(wanted) > 1 ? { shape: wanted, planned: true } : null;
}
