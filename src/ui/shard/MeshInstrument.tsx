// The mesh as an instrument: its axes by dragging, then what is divided over them and in which order they work, each a key away. The rules are
// parallel/meshRules.ts, asked by setupStore; nothing is judged here.

import { Redo2, Undo2 } from 'lucide-react';
import { type ScheduleName, scheduleNames } from '../../core/runConfig';
import { meshAxes, meshSize } from '../../parallel/mesh';
import { useText } from '../i18n/useText';
import { CountStepper } from '../mesh/CountStepper';
import { isEmulated } from '../mesh/emulated';
import { MeshAxes } from '../mesh/MeshAxes';
import { StrategyMath } from '../mesh/MeshSetupPanel';
import { IconButton } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { redoSetup, setField, undoSetup, useSetup } from '../stores/setupStore';
import { fieldOf, linkFields, meshFields } from '../train/fields';
import { choiceName, FieldNoteText, SettingField } from '../train/SettingField';
import styles from './MeshInstrument.module.css';
import { Segments } from './Segments';

const zeroStages = [0, 1, 2, 3] as const;
/** Those with a control of their own here. */
const direct = new Set(['microBatches', 'schedule', 'stagesPerRank', 'zero']);
const paths = [...meshAxes, 'zero', 'schedule', 'stagesPerRank'].map((name) => `parallel.${name}`);

export function MeshInstrument() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.shard.instrument;
  const config = useSetup((state) => state.config);
  const past = useSetup((state) => state.past.length);
  const future = useSetup((state) => state.future.length);
  const mesh = config.parallel;
  const ranks = meshSize(mesh);
  const replicated = mesh.dp > 1;
  const piped = mesh.pp > 1;
  return (
    <Panel
      id="mesh"
      title={<span data-term="mesh">{t.mesh.setup.title}</span>}
      fillable={false}
      tools={
        <>
          <IconButton icon={Undo2} label={words.undo} disabled={past === 0} onClick={undoSetup} />
          <IconButton icon={Redo2} label={words.redo} disabled={future === 0} onClick={redoSetup} />
        </>
      }
    >
      <MeshAxes className={styles.three} />
      <p className={styles.caption} role="status" data-testid="mesh-caption">
        {ranks === 1
          ? t.mesh.setup.announceOne
          : t.mesh.setup.announce(
              format.integer(mesh.dp),
              format.integer(mesh.pp),
              format.integer(mesh.tp),
              format.integer(ranks),
            )}
      </p>
      <div className={styles.line}>
        <span data-term="parallel.zero">{words.zero}</span>
        <Segments
          label={words.zero}
          options={zeroStages.map((stage) => ({
            value: stage,
            face: words.zeroStages[stage] ?? '',
            hint: words.zeroHints[stage] ?? '',
          }))}
          value={zeroStages.find((stage) => stage === mesh.zero) ?? 0}
          disabled={!replicated}
          onChoose={(stage) => setField('parallel', 'zero', stage)}
        />
      </div>
      <p className={styles.hint}>{replicated ? words.zeroHints[mesh.zero] : words.needsReplicas}</p>
      <div className={styles.two}>
        <CountStepper
          section="train"
          spec={fieldOf('train', 'microBatches')}
          count={config.train.microBatches}
          label={<span data-term="train.microBatches">{words.microBatches}</span>}
          fewer={words.fewer(words.microBatches)}
          more={words.more(words.microBatches)}
        />
        <CountStepper
          section="parallel"
          spec={fieldOf('parallel', 'stagesPerRank')}
          count={mesh.stagesPerRank}
          label={<span data-term="parallel.stagesPerRank">{words.stagesPerRank}</span>}
          fewer={words.fewer(words.stagesPerRank)}
          more={words.more(words.stagesPerRank)}
          disabled={!piped}
        />
      </div>
      <div className={styles.block}>
        <span data-term="parallel.schedule">{words.schedule}</span>
        <Segments<ScheduleName>
          label={words.schedule}
          options={scheduleNames.map((name) => ({ value: name, face: choiceName(name, texts) }))}
          value={mesh.schedule}
          disabled={!piped}
          wraps
          onChoose={(name) => setField('parallel', 'schedule', name)}
        />
      </div>
      {piped ? null : <p className={styles.hint}>{words.needsPipeline}</p>}
      <Notes />
      {ranks === 1 ? null : (
        <details className={styles.rest}>
          <summary>{words.rest}</summary>
          {meshFields
            .filter((spec) => !direct.has(spec.name) && spec.applies(config))
            .map((spec) => (
              <SettingField key={spec.name} spec={spec} />
            ))}
          {replicated ? <StrategyMath strategy={mesh.strategy} /> : null}
          {meshAxes
            .filter((axis) => mesh[axis] > 1)
            .flatMap(linkFields)
            .map((spec) => (
              <SettingField key={spec.name} spec={spec} />
            ))}
          {isEmulated(mesh) ? <p className={styles.hint}>{t.mesh.emulated}</p> : null}
        </details>
      )}
    </Panel>
  );
}

/** Why the last move was refused, or what else it changed. */
function Notes() {
  const notes = useSetup((state) => state.notes);
  const config = useSetup((state) => state.config);
  const parallel: Readonly<Record<string, unknown>> = config.parallel;
  return [...paths, 'train.microBatches'].map((path) => {
    const note = notes[path];
    if (note === undefined) return null;
    const value = path === 'train.microBatches' ? config.train.microBatches : parallel[path.slice('parallel.'.length)];
    return <FieldNoteText key={path} note={note} value={value} />;
  });
}
