// The training view: what to train on the left, the instrument in the middle, what comes out on the right.
// Layout only.

import { LedgerPanel } from '../mesh/LedgerPanel';
import { MeshSetupPanel } from '../mesh/MeshSetupPanel';
import { ProofPanel } from '../mesh/ProofPanel';
import { RanksPanel } from '../mesh/RanksPanel';
import { ThroughputPanel } from '../mesh/ThroughputPanel';
import { TimelinePanel } from '../mesh/TimelinePanel';
import { RacePanel } from '../race/RacePanel';
import { ScenesPanel } from '../scenes/ScenesPanel';
import { FailureCard } from '../states/FailureCard';
import { Unsupported } from '../states/Unsupported';
import { useRun } from '../stores/runStore';
import { CurvePanels } from './CurvePanels';
import { DataPanel } from './DataPanel';
import { EstimatePanel } from './EstimatePanel';
import { ExportPanel } from './ExportPanel';
import { LossPanel } from './LossPanel';
import { MemoryPanel } from './MemoryPanel';
import { PresetsPanel } from './PresetsPanel';
import { ProfilePanel } from './ProfilePanel';
import { SamplesPanel } from './SamplesPanel';
import { SettingsPanel } from './SettingsPanel';
import { StartPanel } from './StartPanel';
import styles from './TrainView.module.css';
import { Transport } from './Transport';

export function TrainView() {
  const absent = useRun((state) => state.device === 'absent');
  return (
    <main id="main" className={styles.view} tabIndex={-1}>
      <div className={styles.instrument}>
        {absent ? <Unsupported /> : <Transport />}
        <FailureCard />
        {absent ? null : (
          <>
            <LossPanel />
            <CurvePanels />
            <RanksPanel />
            <TimelinePanel />
          </>
        )}
      </div>
      <div className={styles.setup}>
        <PresetsPanel />
        <StartPanel />
        <MeshSetupPanel />
        <EstimatePanel />
        <DataPanel />
        <SettingsPanel />
      </div>
      {absent ? null : (
        <>
          <div className={styles.output}>
            <SamplesPanel />
            <ThroughputPanel />
            <MemoryPanel />
            <ExportPanel />
          </div>
          <div className={styles.wide}>
            <ScenesPanel />
            <ProofPanel />
            <LedgerPanel />
            <RacePanel />
            <ProfilePanel />
          </div>
        </>
      )}
    </main>
  );
}
