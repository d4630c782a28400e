// Who races, and over how many steps: contenders by checkbox, those that the mesh rules out with the rule, and the keys to start and stop.

import { Flag, Square } from 'lucide-react';
import { useId, useState } from 'react';
import { fieldName, issueText } from '../i18n/issueText';
import { type Texts, useText } from '../i18n/useText';
import { labController } from '../labController';
import { isEmulated } from '../mesh/emulated';
import { Key } from '../parts/Buttons';
import { Term } from '../parts/Term';
import { raceStore, toggleContender, useRace } from '../stores/raceStore';
import { useRun } from '../stores/runStore';
import { useSetup } from '../stores/setupStore';
import { allowedContenders, type ContenderId, contenderIds, raceSteps, whyRuledOut } from './contenders';
import styles from './Race.module.css';
import { RaceMark } from './RaceMark';

/** Until the text has been read. */
const GUESSED_VOCABULARY = 96;

export function RaceSetup() {
  const texts = useText();
  const { t, format } = texts;
  const words = t.race;
  const config = useSetup((setup) => setup.config);
  const vocabulary = useRun((run) => run.data?.vocabularySize ?? GUESSED_VOCABULARY);
  const runState = useRun((run) => run.state);
  const step = useRun((run) => run.step);
  const { state, chosen, steps } = useRace((race) => race);
  const racing = state !== 'idle';
  const [draft, setDraft] = useState(String(steps));
  const valid = inRange(Number(draft));
  const ids = allowedContenders(chosen, config, vocabulary);
  const limits = [format.integer(raceSteps.least), format.integer(raceSteps.most)] as const;
  const obstacle = whyNot(texts, { valid, none: ids.length === 0, runState }, limits);
  const why = useId();
  const field = useId();
  return (
    <>
      <p className={styles.text}>{words.intro}</p>
      <fieldset className={styles.contenders} disabled={racing}>
        <legend>{words.contenders}</legend>
        {contenderIds.map((id) => (
          <Contender key={id} id={id} chosen={chosen.includes(id)} reason={reasonOf(id)} />
        ))}
      </fieldset>
      <div className={styles.bar}>
        <span className={styles.steps}>
          <label htmlFor={field}>{words.steps}</label>
          <input
            id={field}
            type="text"
            inputMode="numeric"
            autoComplete="off"
            value={draft}
            disabled={racing}
            aria-invalid={valid ? undefined : true}
            aria-describedby={why}
            onChange={(event) => {
              setDraft(event.target.value);
              if (inRange(Number(event.target.value))) raceStore.setState({ steps: Number(event.target.value) });
            }}
          />
        </span>
        {racing ? (
          <Key icon={Square} disabled={state === 'stopping'} onClick={() => labController.stopRace()}>
            {state === 'stopping' ? words.stopping : words.stop}
          </Key>
        ) : (
          <Key
            primary
            icon={Flag}
            disabled={obstacle !== null}
            title={obstacle ?? undefined}
            onClick={() => void labController.startRace(ids, steps)}
          >
            {words.start}
          </Key>
        )}
        <span id={why} className={valid && ids.length > 0 ? styles.quiet : styles.why}>
          {racing ? '' : (obstacle ?? words.stepsRange(...limits))}
        </span>
      </div>
      <p className={styles.text}>
        {words.sharing} {isEmulated(config.parallel) ? words.emulated : ''}{' '}
        {step > 0 && !racing ? words.resets(format.integer(step)) : ''}
      </p>
    </>
  );

  function reasonOf(id: ContenderId): string | null {
    const issue = whyRuledOut(id, config, vocabulary);
    return issue === null ? null : words.ruledOut(fieldName(issue.path, texts), issueText(issue, texts));
  }
}

interface ContenderProps {
  readonly id: ContenderId;
  readonly chosen: boolean;
  readonly reason: string | null;
}

function Contender({ id, chosen, reason }: ContenderProps) {
  const { t } = useText();
  const field = useId();
  return (
    <div className={reason === null ? styles.contender : `${styles.contender} ${styles.out}`}>
      <input
        id={field}
        type="checkbox"
        checked={chosen && reason === null}
        disabled={reason !== null}
        aria-describedby={reason === null ? undefined : `${field}-why`}
        onChange={() => toggleContender(id)}
      />
      <label htmlFor={field}>
        <RaceMark id={id} /> {t.race.names[id]}
      </label>
      {reason === null ? null : (
        <p id={`${field}-why`} className={styles.reason}>
          {reason}
        </p>
      )}
    </div>
  );
}

/** The panel's title, with its definition. */
export function RaceTitle() {
  const { t } = useText();
  return <Term id="race">{t.race.title}</Term>;
}

function inRange(steps: number): boolean {
  return Number.isInteger(steps) && steps >= raceSteps.least && steps <= raceSteps.most;
}

function whyNot(
  { t }: Texts,
  { valid, none, runState }: { readonly valid: boolean; readonly none: boolean; readonly runState: string },
  limits: readonly [string, string],
): string | null {
  const words = t.race.whyNot;
  if (!valid) return words.steps(...limits);
  if (none) return words.none;
  if (runState === 'empty') return words.noText;
  return runState === 'preparing' ? words.busy : null;
}
