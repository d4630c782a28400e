// The axes of the mesh to take hold of: the grid with edges to drag, and a stepper an axis. What may follow an edit is the store's.

import { meshAxes } from '../../parallel/mesh';
import { useText } from '../i18n/useText';
import { beginGesture, endGesture, setField, useSetup } from '../stores/setupStore';
import { meshField } from '../train/fields';
import { CountStepper } from './CountStepper';
import { MeshGrid } from './MeshGrid';

/** @param className of the row of steppers */
export function MeshAxes({ className }: { readonly className: string | undefined }) {
  const { t } = useText();
  const mesh = useSetup((state) => state.config.parallel);
  const words = t.mesh.setup;
  return (
    <>
      <MeshGrid
        mesh={mesh}
        onAxis={(axis, count) => setField('parallel', axis, count)}
        onDrag={(dragging) => (dragging ? beginGesture() : endGesture())}
      />
      <div className={className}>
        {meshAxes.map((axis) => (
          <CountStepper
            key={axis}
            section="parallel"
            spec={meshField(axis)}
            count={mesh[axis]}
            label={<span data-term={`parallel.${axis}`}>{words.axes[axis]}</span>}
            fewer={words.fewer(axis)}
            more={words.more(axis)}
          />
        ))}
      </div>
    </>
  );
}
