// The proof: one step of the mesh beside the same step on one worker, asked for by a key; verdict first, then the numbers behind it.

import { CircleCheck, CircleX, Scale } from 'lucide-react';
import type { ProofReport } from '../../core/meshRecords';
import { useText } from '../i18n/useText';
import { labController } from '../labController';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { Term } from '../parts/Term';
import { useMesh } from '../stores/meshStore';
import { useRun } from '../stores/runStore';
import { choiceName } from '../train/SettingField';
import { notProvable } from './notProvable';
import styles from './ProofPanel.module.css';
import { ProofTable } from './ProofTable';
import { type ProofQuantity, toleranceUsed, ulpBins, unequalReplicas, worstRow } from './proofSummary';
import { useShownMesh } from './shownMesh';
import { UlpBars } from './UlpBars';

const quantities: readonly ProofQuantity[] = ['gradient', 'update'];

export function ProofPanel() {
  const texts = useText();
  const { t } = texts;
  const words = t.mesh.proof;
  const shown = useShownMesh();
  const proof = useMesh((state) => state.proof);
  const prepared = useMesh((state) => state.facts !== null);
  const facts = useRun((state) => state.facts);
  const ready = useRun((state) => state.facts !== null && state.failure === null && state.state !== 'preparing');
  const proving = useRun((state) => state.proving);
  if (shown === null) return null;
  const obstacle = prepared ? notProvable(facts) : null;
  const can = ready && prepared && obstacle === null;
  const tool = (
    <Key
      icon={Scale}
      disabled={!can || proving}
      title={can ? undefined : words.needRun}
      onClick={() => void labController.prove()}
    >
      {proving ? words.running : proof === null ? words.run : words.again}
    </Key>
  );
  return (
    <Panel id="proof" title={<Term id="proof">{words.title}</Term>} tools={tool}>
      {obstacle !== null && facts !== null ? (
        <p className={styles.note}>
          {obstacle === 'strategy'
            ? words.notSynchronous(choiceName(facts.config.parallel.strategy, texts))
            : words.compressed(choiceName(facts.config.parallel.compression, texts))}
        </p>
      ) : proof === null ? (
        <p className={styles.note}>{words.intro}</p>
      ) : (
        <ProofBody proof={proof} />
      )}
    </Panel>
  );
}

export function ProofBody({ proof }: { readonly proof: ProofReport }) {
  const { t, format } = useText();
  const words = t.mesh.proof;
  const unequal = unequalReplicas(proof);
  const groups = proof.replicas.filter(({ ranks }) => ranks.length > 1).length;
  return (
    <div className={styles.body}>
      <p className={proof.ok ? styles.ok : styles.bad} role="status" data-testid="proof-verdict" data-ok={proof.ok}>
        {proof.ok ? <CircleCheck size={20} aria-hidden /> : <CircleX size={20} aria-hidden />}
        <strong>{proof.ok ? words.ok : words.failed}</strong>
        <span className={styles.step}>{words.atStep(format.integer(proof.step))}</span>
      </p>
      <dl className={styles.facts}>
        <dt>
          <Term id="loss">{words.loss}</Term>
        </dt>
        <dd>
          {words.mesh} {format.fixed(proof.loss.mesh, 6)} · {words.one} {format.fixed(proof.loss.one, 6)} ·{' '}
          {words.difference(format.scientific(Math.abs(proof.loss.mesh - proof.loss.one)))}
        </dd>
        {quantities.map((quantity) => {
          const worst = worstRow(proof.rows, quantity);
          return worst === null ? null : (
            <div key={quantity} className={styles.pair}>
              <dt>{words.worst[quantity]}</dt>
              <dd>
                <Mark ok={worst.ok} /> <code>{worst.parameter}</code> {format.scientific(worst.maxRelative)} ·{' '}
                {words.used(format.percent(toleranceUsed(worst), 1))}
              </dd>
            </div>
          );
        })}
        <dt>
          <Term id="replicas">{words.replicas}</Term>
        </dt>
        <dd>
          <Mark ok={unequal.length === 0} />{' '}
          {groups === 0
            ? words.noReplicas
            : unequal.length === 0
              ? words.replicasEqual(format.integer(groups))
              : words.replicasDiffer(unequal.map(({ what, ranks }) => `${what} (${ranks.join(', ')})`).join('; '))}
        </dd>
        <dt>
          <Term id="merge">{words.merge}</Term>
        </dt>
        <dd>
          <Mark ok={proof.mergeExact} /> {proof.mergeExact ? words.mergeExact : words.mergeWrong}
        </dd>
      </dl>
      <div className={styles.histograms}>
        {quantities.map((quantity) => (
          <UlpBars key={quantity} title={words.ulp[quantity]} bins={ulpBins(proof.rows, quantity)} />
        ))}
      </div>
      <details className={styles.all}>
        <summary>
          {words.parameters} ({format.integer(proof.rows.length)})
        </summary>
        <ProofTable rows={proof.rows} />
      </details>
    </div>
  );
}

function Mark({ ok }: { readonly ok: boolean }) {
  const { t } = useText();
  const Icon = ok ? CircleCheck : CircleX;
  return (
    <span className={ok ? styles.markOk : styles.markBad}>
      <Icon size={14} aria-hidden />
      <span className="visually-hidden">{ok ? t.check.ok : t.check.failed}</span>
    </span>
  );
}
