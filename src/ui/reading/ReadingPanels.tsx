// What a model that reads whole texts can be asked: the task of its head, and how near texts are to each other. Layout only.

import type { ReactNode } from 'react';
import type { ReadingTask } from '../../core/answerRecords';
import { modelSizes } from '../../core/modelConfig';
import type { ModelTask } from '../../core/models/modelSizes';
import { useText } from '../i18n/useText';
import { Panel } from '../parts/Panel';
import { FailureText } from '../states/FailureText';
import type { PlayModel } from '../stores/playStore';
import { useReading } from '../stores/readingStore';
import { AnswerForm } from './AnswerForm';
import { ClassifyForm } from './ClassifyForm';
import { FillForm } from './FillForm';
import styles from './Reading.module.css';
import { SimilarForm } from './SimilarForm';
import { TagForm } from './TagForm';

interface Asked {
  readonly task: ReadingTask;
  readonly form: () => ReactNode;
}

const heads: Readonly<Record<ModelTask, Asked | null>> = {
  'causal-lm': null,
  'masked-lm': { task: 'fill', form: FillForm },
  'sequence-classification': { task: 'classify', form: ClassifyForm },
  'token-classification': { task: 'tag', form: TagForm },
  'question-answering': { task: 'answer', form: AnswerForm },
};

export function ReadingPanels({ model }: { readonly model: PlayModel }) {
  const { t } = useText();
  const words = t.reading;
  const head = heads[modelSizes(model.config).task];
  return (
    <>
      {head === null ? null : (
        <Panel id="playRead" title={words.titles[head.task]}>
          <head.form />
          <Failed task={head.task} />
        </Panel>
      )}
      <Panel id="playSimilar" title={words.titles.similar}>
        <SimilarForm />
        <Failed task="similar" />
      </Panel>
    </>
  );
}

function Failed({ task }: { readonly task: ReadingTask }) {
  const failed = useReading((state) => state.error);
  if (failed?.task !== task) return null;
  return (
    <div className={styles.failed} role="alert">
      <FailureText error={failed.error} details />
    </div>
  );
}
