// What was measured of a text: its tokens, the speed of both phases, how full the KV cache is, what was dropped or changed, and why it ended.

import { modelSizes } from '../../core/modelConfig';
import { useText } from '../i18n/useText';
import { Readout } from '../parts/Readout';
import { Term } from '../parts/Term';
import { type PlayOutput, type PlayState, usePlay } from '../stores/playStore';
import { useRun } from '../stores/runStore';
import styles from './WritePanel.module.css';

interface OutputFactsProps {
  readonly written: PlayState['written'];
  readonly output: PlayOutput | undefined;
}

export function OutputFacts({ written, output }: OutputFactsProps) {
  const { t, format } = useText();
  const words = t.play.write;
  const model = usePlay((state) => state.model);
  const software = useRun((state) => state.adapter?.software === true);
  const positions = model === null ? 0 : modelSizes(model.config).positions;
  const result = written === null ? output?.result : undefined;
  const context =
    written?.progress.contextTokens ??
    (result === undefined ? 0 : result.promptTokens + result.tokens.length - result.droppedTokens);
  const dropped = written?.progress.droppedTokens ?? result?.droppedTokens ?? 0;
  // The newest token is in no cache yet.
  const used = Math.min(positions, Math.max(0, context - 1));
  const basis = software ? words.software : undefined;
  const rate = (tokens: number, milliseconds: number): string =>
    milliseconds > 0 ? words.prefillRate(format.significant((1000 * tokens) / milliseconds)) : '–';
  return (
    <div className={styles.facts}>
      {result === undefined ? null : (
        <dl className={styles.readouts}>
          <Readout
            term="playTokens"
            value={words.tokensSaid(format.integer(result.promptTokens), format.integer(result.tokens.length))}
          />
          <Readout
            term="playPrefill"
            value={rate(Math.max(1, Math.min(result.promptTokens, positions)), result.prefillMs)}
            {...(basis === undefined ? {} : { basis })}
          />
          <Readout
            term="playDecode"
            value={rate(result.tokens.length - 1, result.decodeMs)}
            {...(basis === undefined ? {} : { basis })}
          />
          {result.speculation === undefined ? null : (
            <Readout
              term="playAccepted"
              value={words.acceptedSaid(
                format.integer(result.speculation.accepted),
                format.integer(result.speculation.drafted),
              )}
            />
          )}
          <Readout term="playFinish" value={words.finish[result.finish]} />
        </dl>
      )}
      {model === null || positions === 0 ? null : (
        <div className={styles.cache}>
          <Term id="playCache" />
          <span className={styles.track}>
            <span style={{ inlineSize: `${(100 * used) / positions}%` }} />
          </span>
          <span>
            {words.cacheSaid(format.integer(used), format.integer(positions), format.bytes(model.facts.cacheBytes))}
          </span>
        </div>
      )}
      {dropped === 0 ? null : (
        <p className={styles.dropped} role="status">
          {words.dropped(format.integer(dropped), format.integer(positions))}
        </p>
      )}
      {result === undefined || result.changes.length === 0 ? null : (
        <ul className={styles.changes}>
          {result.changes.map(({ field, asked, used: taken, why }) => (
            <li key={`${field} ${asked}`}>{words.changed(field, asked, format.plain(taken), why)}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
