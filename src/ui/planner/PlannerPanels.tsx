// The planner of clusters: what is planned on the left, what it would cost in the middle and on the right, and better plans below. Layout only.

import type { ReactNode } from 'react';
import { GoodputPanel } from './GoodputPanel';
import { HardwarePanel } from './HardwarePanel';
import { MemoryPanel } from './MemoryPanel';
import { ModelPanel } from './ModelPanel';
import { NeighboursPanel } from './NeighboursPanel';
import styles from './PlannerPanels.module.css';
import { PlanSchedulePanel } from './PlanSchedulePanel';
import { PlannedContext, usePrediction } from './planned';
import { SearchPanel } from './SearchPanel';
import { SetupPanel } from './SetupPanel';
import { SmallPanel } from './SmallPanel';
import { StepPanel } from './StepPanel';
import { TrafficPanel } from './TrafficPanel';

/** @param children what stands above the model: the switch between this page and a cluster */
export function PlannerPanels({ children }: { readonly children?: ReactNode }) {
  const planned = usePrediction();
  return (
    <PlannedContext value={planned}>
      <div className={styles.planner} data-testid="planner">
        <div className={styles.lead}>{children}</div>
        <div className={styles.result}>
          <StepPanel />
        </div>
        <div className={styles.setup}>
          <ModelPanel />
          <SetupPanel />
          <HardwarePanel />
        </div>
        <div className={styles.better}>
          <PlanSchedulePanel />
          <SearchPanel />
          <NeighboursPanel />
        </div>
        <div className={styles.cost}>
          <MemoryPanel />
          <GoodputPanel />
          <SmallPanel />
        </div>
        <div className={styles.wide}>
          <TrafficPanel />
        </div>
      </div>
    </PlannedContext>
  );
}
