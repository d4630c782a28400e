// The mesh as an instrument: one square a rank, columns are pipeline stages, rows replicas, and each stage is cut into tensor-parallel
// parts. Its edges are dragged, or moved with the arrow keys. It shows and asks; what a mesh may be is decided elsewhere.

import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { MAX_RANKS, type MeshAxis, type MeshShape, placeText, rankOf } from '../../parallel/mesh';
import { useText } from '../i18n/useText';
import { pointAtRank, useMesh } from '../stores/meshStore';
import styles from './MeshGrid.module.css';
import { rankHue, rankPattern } from './rankLook';

interface MeshGridProps {
  readonly mesh: MeshShape;
  /** Asks for a number of ranks along an axis; what is not possible is refused by whoever is asked. */
  readonly onAxis: (axis: MeshAxis, count: number) => void;
  /** A drag begins or ends; what is asked for in between is one edit. */
  readonly onDrag: (dragging: boolean) => void;
}

const GAP = 2;
const STAGE_GAP = 6;
const WIDTH = 236;
const HEIGHT = 168;
const LARGEST = 38;
const SMALLEST = 10;
/** A number is readable from here on. */
const NUMBERED = 22;

export function MeshGrid({ mesh, onAxis, onDrag }: MeshGridProps) {
  const { t, format } = useText();
  const pointed = useMesh((state) => state.rank);
  const side = squareSide(mesh);
  const counts = (length: number) => Array.from({ length }, (_, index) => index);
  const pitch: Readonly<Record<MeshAxis, number>> = {
    dp: side + STAGE_GAP,
    pp: mesh.tp * (side + GAP) - GAP + STAGE_GAP,
    tp: side + GAP,
  };
  return (
    <div className={styles.screen}>
      <fieldset className={styles.block} aria-label={t.mesh.setup.grid}>
        <div className={styles.stages} style={{ gap: STAGE_GAP, gridTemplateColumns: `repeat(${mesh.pp}, auto)` }}>
          {counts(mesh.dp).flatMap((dp) =>
            counts(mesh.pp).map((pp) => (
              <div key={`${dp} ${pp}`} className={styles.stage} style={{ gap: GAP }}>
                {counts(mesh.tp).map((tp) => {
                  const rank = rankOf(mesh, { dp, pp, tp });
                  return (
                    <span
                      key={tp}
                      className={`${styles.square} ${rankHue(rank)} ${rankPattern(rank)}`}
                      data-pointed={pointed === rank || undefined}
                      style={{ inlineSize: side, blockSize: side }}
                      title={t.mesh.rankPlace(format.integer(rank), placeText(mesh, rank))}
                      onPointerEnter={() => pointAtRank(rank)}
                      onPointerLeave={() => pointAtRank(null)}
                    >
                      {side < NUMBERED ? null : <span className={styles.number}>{rank}</span>}
                    </span>
                  );
                })}
              </div>
            )),
          )}
        </div>
        {(['pp', 'dp', 'tp'] as const).map((axis) => (
          <Edge
            key={axis}
            axis={axis}
            mesh={mesh}
            pitch={pitch[axis]}
            onAxis={onAxis}
            onDrag={onDrag}
            tensorWidth={pitch.pp - STAGE_GAP}
          />
        ))}
      </fieldset>
    </div>
  );
}

/** As large as fits: the whole mesh is always in sight. */
function squareSide({ dp, pp, tp }: MeshShape): number {
  const across = (WIDTH - (pp - 1) * STAGE_GAP - pp * (tp - 1) * GAP) / (pp * tp);
  const down = (HEIGHT - (dp - 1) * STAGE_GAP) / dp;
  return Math.max(SMALLEST, Math.min(LARGEST, Math.floor(Math.min(across, down))));
}

interface EdgeProps extends MeshGridProps {
  readonly axis: MeshAxis;
  /** Pixels a rank along the axis, when the drag begins. */
  readonly pitch: number;
  readonly tensorWidth: number;
}

function Edge({ axis, mesh, pitch, onAxis, onDrag, tensorWidth }: EdgeProps) {
  const { t, format } = useText();
  const drag = useRef<{ readonly at: number; readonly count: number; readonly pitch: number } | null>(null);
  const count = mesh[axis];
  const vertical = axis === 'dp';
  const position = (event: PointerEvent) => (vertical ? event.clientY : event.clientX);
  const ask = (wanted: number) => {
    // One by one, so that a drag beyond what is possible ends at the last that is.
    const target = Math.min(MAX_RANKS, Math.max(1, wanted));
    const way = Math.sign(target - count);
    for (let next = count + way; way !== 0 && next !== target + way; next += way) onAxis(axis, next);
  };
  const endDrag = () => {
    drag.current = null;
    onDrag(false);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const wanted = wantedByKey(event.key, count);
    if (wanted === null) return;
    event.preventDefault();
    ask(wanted);
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      className={`${styles.edge} ${styles[axis]}`}
      style={axis === 'tp' ? { inlineSize: tensorWidth } : undefined}
      aria-label={t.mesh.setup.drag[axis]}
      aria-valuemin={1}
      aria-valuemax={MAX_RANKS}
      aria-valuenow={count}
      aria-valuetext={`${axis} ${format.integer(count)}`}
      aria-orientation={vertical ? 'vertical' : 'horizontal'}
      title={t.mesh.setup.drag[axis]}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { at: position(event), count, pitch };
        onDrag(true);
      }}
      onPointerMove={(event) => {
        const from = drag.current;
        if (from === null) return;
        ask(from.count + Math.round((position(event) - from.at) / Math.max(12, from.pitch)));
      }}
      onLostPointerCapture={endDrag}
    >
      <span className={styles.grip} aria-hidden>
        {axis}
      </span>
    </div>
  );
}

/** Down and right are more along every axis, as the picture grows. */
function wantedByKey(key: string, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return count + 1;
    case 'ArrowLeft':
    case 'ArrowUp':
      return count - 1;
    case 'Home':
      return 1;
    default:
      return null;
  }
}
