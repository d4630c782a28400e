// A text as a tokenizer takes it apart, asked of a worker a moment after the last key; what is late is forgotten.

import { useEffect, useState } from 'react';
import { type LabErrorData, toLabErrorData } from '../../core/errors';
import type { TokenizerSpec } from '../../core/records';
import type { TokenizedText } from '../../core/tokenizerRecords';
import { useText } from '../i18n/useText';
import { tokenizerController } from '../labControllerTokenizer';
import { useSetup } from '../stores/setupStore';
import { useTokenizers } from '../stores/tokenizerStore';
import { tokenizerName } from './tokenizerName';

const SETTLE_MS = 120;

export interface Tokenized {
  readonly name: string;
  /** Null until it is known. */
  readonly result: TokenizedText | null;
  readonly error: LabErrorData | null;
  /** There is no such tokenizer now. */
  readonly missing: boolean;
}

/** @param chosen as in TokenizerState.shown; null for none */
export function useTokenized(chosen: string | null, text: string): Tokenized | null {
  const { t, format } = useText();
  const trained = useTokenizers((state) => state.trained.find(({ id }) => id === chosen));
  const user = useSetup((state) => state.userTokenizer);
  const json = trained?.json ?? null;
  const bytes = chosen === 'user' ? (user?.bytes ?? null) : null;
  const missing = chosen !== 'byte' && json === null && bytes === null;
  const [answer, setAnswer] = useState<Pick<Tokenized, 'result' | 'error'>>({ result: null, error: null });
  useEffect(() => {
    if (chosen === null || missing) {
      setAnswer({ result: null, error: null });
      return;
    }
    let wanted = true;
    const file = json ?? (bytes === null ? null : new TextDecoder().decode(bytes));
    const spec: TokenizerSpec = file === null ? { kind: 'byte' } : { kind: 'json', json: file };
    const timer = setTimeout(() => {
      tokenizerController.tokenize(spec, text).then(
        (result) => wanted && setAnswer({ result, error: null }),
        (thrown: unknown) => wanted && setAnswer({ result: null, error: toLabErrorData(thrown) }),
      );
    }, SETTLE_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [chosen, missing, json, bytes, text]);
  if (chosen === null) return null;
  const words = t.dataView.playground;
  const name =
    trained !== undefined
      ? tokenizerName(trained, t.dataView.tokenizer, format)
      : chosen === 'byte'
        ? words.bytes
        : (user?.name ?? words.chosen);
  return { name, missing, ...answer };
}

export function hexBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
