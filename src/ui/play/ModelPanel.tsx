// Which model is played with, what is known of it, and how another one is taken: the page's run, or one that is brought.

import { RefreshCw, X } from 'lucide-react';
import { modelSizes } from '../../core/modelConfig';
import { useText } from '../i18n/useText';
import imports from '../imports/Imports.module.css';
import { ModelImport } from '../imports/ModelImport';
import { modelName, playController } from '../labControllerPlay';
import { Key } from '../parts/Buttons';
import { Panel } from '../parts/Panel';
import { FailureText } from '../states/FailureText';
import { type PlayModel, usePlay } from '../stores/playStore';
import { useRun } from '../stores/runStore';
import styles from './ModelPanel.module.css';

export function ModelPanel() {
  const { t } = useText();
  const words = t.play.model;
  const model = usePlay((state) => state.model);
  const loading = usePlay((state) => state.state === 'loading');
  const progress = usePlay((state) => state.progress);
  const error = usePlay((state) => state.error);
  return (
    <Panel id="playModel" title={words.title} fillable={false}>
      <div className={imports.list}>
        {model === null ? loading ? null : <p>{words.none}</p> : <Facts model={model} />}
        {loading ? (
          <div className={imports.underWay} role="status">
            <span>{words.loading}</span>
            <progress max={1} {...(progress === null ? {} : { value: progress })} aria-label={words.loading} />
            <Key icon={X} onClick={() => playController.cancelLoading()}>
              {words.cancel}
            </Key>
          </div>
        ) : null}
        {error === null ? null : (
          <div className={imports.failed} role="alert">
            <h3>{t.errors[error.code]}</h3>
            <FailureText error={error} details />
          </div>
        )}
        <TakeRun model={model} />
        <h3 className={styles.bring}>{words.bring}</h3>
        <ModelImport nonFinite={words.nonFinite} />
      </div>
    </Panel>
  );
}

function TakeRun({ model }: { readonly model: PlayModel | null }) {
  const { t, format } = useText();
  const words = t.play.model;
  const step = useRun((state) => state.step);
  const ready = useRun((state) => state.facts !== null && state.failure === null && state.state !== 'preparing');
  const loading = usePlay((state) => state.state === 'loading');
  const same = model?.origin.kind === 'run' && model.origin.step === step;
  return (
    <>
      <Key
        icon={RefreshCw}
        disabled={!ready || loading || same}
        title={ready ? undefined : words.noRun}
        onClick={() => void playController.takeRun()}
      >
        {words.takeRun(format.integer(step))}
      </Key>
      {model?.origin.kind === 'run' ? <p>{words.takenHint}</p> : null}
    </>
  );
}

function Facts({ model }: { readonly model: PlayModel }) {
  const { t, format } = useText();
  const words = t.play.model;
  const { summary, config, facts } = model;
  const { layers, width, heads, kvHeads, positions } = modelSizes(config);
  const headsSaid =
    kvHeads === heads ? format.integer(heads) : words.groupedHeads(format.integer(heads), format.integer(kvHeads));
  const rows: readonly (readonly [string, string])[] = [
    [words.family, summary.architecture],
    [words.shape, words.shapeOf(format.integer(layers), format.integer(width), headsSaid)],
    [words.parameters, format.integer(summary.parameterCount)],
    [words.context, words.tokens(format.integer(positions))],
    [words.precision, facts.precision],
    [words.onDevice, format.bytes(facts.parameterBytes)],
    [words.files, `${format.bytes(summary.bytes)}, ${summary.dtypes.map(({ dtype }) => dtype).join(', ')}`],
    [
      words.tokenizer,
      summary.tokenizer === null
        ? words.noTokenizer
        : words.tokenizerOf(summary.tokenizer.type, format.integer(summary.tokenizer.vocabularySize)),
    ],
  ];
  return (
    <div data-testid="play-model">
      <h3 className={styles.name}>{modelName(model)}</h3>
      <dl className={styles.facts}>
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
