// The sharding view: the mesh and its presets on the left, what lies where in the middle, what it costs on the right; or the planner of a
// cluster. Layout only.

import { RanksPanel } from '../mesh/RanksPanel';
import { PlannerPanels } from '../planner/PlannerPanels';
import { SchedulePanel } from '../schedule/SchedulePanel';
import { TrafficPanel } from '../schedule/TrafficPanel';
import { WalkPanel } from '../schedule/WalkPanel';
import { FailureCard } from '../states/FailureCard';
import { Unsupported } from '../states/Unsupported';
import { useRun } from '../stores/runStore';
import { useView } from '../stores/viewStore';
import { Transport } from '../train/Transport';
import { MeshInstrument } from './MeshInstrument';
import { RankMemoryPanel } from './RankMemoryPanel';
import { ScopeSwitch } from './ScopeSwitch';
import styles from './ShardView.module.css';
import { StrategiesPanel } from './StrategiesPanel';
import { TilesPanel } from './TilesPanel';

export function ShardView() {
  const scope = useView((state) => state.scope);
  return (
    <main id="main" className={scope === 'page' ? styles.view : styles.cluster} tabIndex={-1}>
      {scope === 'page' ? <PageSharding /> : <ClusterPlanning />}
    </main>
  );
}

function PageSharding() {
  const absent = useRun((state) => state.device === 'absent');
  return (
    <>
      <div className={styles.setup}>
        <ScopeSwitch />
        <MeshInstrument />
        <StrategiesPanel />
      </div>
      <div className={styles.instrument}>
        {absent ? <Unsupported /> : <Transport />}
        <FailureCard />
        <TilesPanel />
        <SchedulePanel />
      </div>
      <div className={styles.output}>
        <RankMemoryPanel />
        <WalkPanel />
      </div>
      <div className={styles.wide}>
        <TrafficPanel />
        <RanksPanel />
      </div>
    </>
  );
}

function ClusterPlanning() {
  return (
    <PlannerPanels>
      <ScopeSwitch />
    </PlannerPanels>
  );
}
