// One card a rank: where it is in the mesh, what it holds, what it does now. Cards of a set-up that has not begun are outlined.

import type { LabErrorData } from '../../core/errors';
import { meshSize } from '../../parallel/mesh';
import { useText } from '../i18n/useText';
import { labController } from '../labController';
import { Panel } from '../parts/Panel';
import { pointAtRank, useMesh } from '../stores/meshStore';
import { useRun } from '../stores/runStore';
import { RankCard } from './RankCard';
import styles from './RanksPanel.module.css';
import { useShownMesh } from './shownMesh';

/** The rank whose worker ended the run, by what the error says. */
function endingRank({ code, message }: LabErrorData): number | null {
  const named = code.startsWith('worker.') ? /\brank (\d+)\b/i.exec(message)?.[1] : undefined;
  return named === undefined ? null : Number(named);
}

export function RanksPanel() {
  const { t, format } = useText();
  const shown = useShownMesh();
  const facts = useMesh((state) => state.facts);
  const activity = useMesh((state) => state.ranks);
  const pointed = useMesh((state) => state.rank);
  const failure = useRun((state) => state.failure);
  const state = useRun((run) => run.state);
  const resting = state === 'ready' || state === 'paused' || state === 'finished' ? state : null;
  if (shown === null) return null;
  const { shape, planned } = shown;
  const initialization = facts?.initialization;
  return (
    <Panel
      id="ranks"
      title={
        <>
          <span data-term="rank">{t.mesh.ranks.title}</span>{' '}
          {planned ? <span className={styles.basis}>{t.mesh.ranks.planned}</span> : null}
        </>
      }
    >
      <ul className={styles.cards}>
        {Array.from({ length: meshSize(shape) }, (_, rank) => rank).map((rank) => (
          <li key={rank}>
            <RankCard
              rank={rank}
              shape={shape}
              facts={facts?.ranks.find((known) => known.rank === rank) ?? null}
              activity={activity.find((row) => row.rank === rank) ?? null}
              pointed={pointed === rank}
              onPoint={(on) => pointAtRank(on ? rank : null)}
              overall={failure === null ? resting : endingRank(failure) === rank ? 'dead' : 'ended'}
              onStop={failure !== null || facts === null ? null : () => labController.stopRank(rank)}
            />
          </li>
        ))}
      </ul>
      {initialization === undefined ? null : (
        <p className={initialization.complete ? styles.note : styles.missing}>
          {initialization.complete
            ? t.mesh.ranks.initialization(format.integer(initialization.parameters))
            : t.mesh.ranks.missing(initialization.missing.join(', '))}
        </p>
      )}
    </Panel>
  );
}
